import Glibc
import Measurement

/// Threads of the workloads.
enum WorkerThread {
    /// Starts a thread that runs `body` on `state`.
    static func start(
        on state: UnsafeMutableRawPointer,
        _ body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?
    ) throws(SystemCallError) -> pthread_t {
        var handle = pthread_t()
        let error = pthread_create(&handle, nil, body, state)
        guard error == 0 else { throw SystemCallError("start a thread", code: error) }
        return handle
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that runs `body`.
    static func start(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) -> pthread_t {
        let box = Unmanaged.passRetained(Body(body))
        do {
            return try start(on: box.toOpaque()) { argument in
                Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }
        } catch {
            box.release()
            throw error
        }
    }
}
