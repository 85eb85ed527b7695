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
}
