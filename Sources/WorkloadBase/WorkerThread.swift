import Glibc
import LabBase

/// Threads of the workloads.
package enum WorkerThread {
    /// Starts a thread that runs `body` on `state`, on a new stack or on the memory `stack`. Throws `SystemCallError`.
    package static func start(
        on state: UnsafeMutableRawPointer, stack: UnsafeMutableRawBufferPointer? = nil,
        _ body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?
    ) throws(SystemCallError) -> pthread_t {
        var handle = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        if let stack, let base = stack.baseAddress {
            pthread_attr_setstack(&attributes, base, stack.count)
        }
        let error = pthread_create(&handle, &attributes, body, state)
        guard error == 0 else { throw SystemCallError("start a thread", code: error) }
        return handle
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that runs `body`, on a new stack or on the memory `stack`. Throws `SystemCallError`.
    package static func start(
        stack: UnsafeMutableRawBufferPointer? = nil, _ body: @escaping @Sendable () -> Void
    ) throws(SystemCallError) -> pthread_t {
        let box = Unmanaged.passRetained(Body(body))
        do {
            return try start(on: box.toOpaque(), stack: stack) { argument in
                Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }
        } catch {
            box.release()
            throw error
        }
    }
}
