import CLinux
import Testing

/// A thread that runs a closure beside the test.
final class TestThread: @unchecked Sendable {
    private let body: () -> Void
    private let repeats: Bool
    /// 1: to end. 2: has ended.
    private let state = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    private var thread = pthread_t()

    /// Runs `body` once.
    convenience init(once body: @escaping () -> Void) throws { try self.init(body, repeats: false) }

    /// Runs `body` again and again, until `end`.
    convenience init(repeating body: @escaping () -> Void) throws { try self.init(body, repeats: true) }

    private init(_ body: @escaping () -> Void, repeats: Bool) throws {
        self.body = body
        self.repeats = repeats
        state.pointee = 0
        let code = pthread_create(
            &thread, nil,
            {
                Unmanaged<TestThread>.fromOpaque($0!).takeUnretainedValue().run()
                return nil
            }, Unmanaged.passUnretained(self).toOpaque())
        try #require(code == 0)
    }

    private func run() {
        repeat { body() } while repeats && linux_load_acquire(state) == 0
        linux_store_release(state, 2)
    }

    /// Whether the closure has returned for the last time.
    var hasEnded: Bool { linux_load_acquire(state) == 2 }

    /// Waits until it has.
    func end() {
        if repeats { linux_store_release(state, 1) }
        pthread_join(thread, nil)
    }

    deinit { state.deallocate() }
}
