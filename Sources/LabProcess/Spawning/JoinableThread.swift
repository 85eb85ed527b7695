import Glibc
import LabBase

/// A thread whose end can be waited for.
package struct JoinableThread {
    private let handle: pthread_t

    /// Starts `body` in a new thread. Throws `SystemCallError`.
    package init(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        var handle = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        let error = pthread_create(
            &handle, nil,
            { argument in
                Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        guard error == 0 else {
            box.release()
            throw SystemCallError("start a thread", code: error)
        }
        self.handle = handle
    }

    /// Waits until the thread has ended. Must be called exactly once.
    package func join() { pthread_join(handle, nil) }

    private final class Box: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
