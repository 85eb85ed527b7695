import CLinux

/// The report of the last fork, written by the thread that forks and read by any thread: a sequence lock.
///
/// A reader takes no lock, so it may be a signal handler, even on a thread that holds the pool's lock. It tries again while a
/// report is being written. The writer blocks all signals, so that no handler on its own thread waits for it. No other thread
/// forks meanwhile, so no child finds a half-written report.
public struct PublishedReport {
    /// Odd while a report is being written.
    private let sequence: UnsafeMutablePointer<UInt64>
    /// The bytes of the report.
    private let words: UnsafeMutablePointer<UInt64>

    /// The room for a report, in words.
    private static let wordCount = 16
    private typealias Words = InlineArray<16, UInt64>

    /// The size of the 8-byte aligned memory that it needs, in bytes.
    public static let bytesNeeded = (1 &+ wordCount) &* 8

    /// Publishes `report` as the first one. `memory` has room for `bytesNeeded` bytes and lives until the process ends.
    public init(_ report: ForkReport, in memory: UnsafeMutableRawPointer) {
        sequence = memory.bindMemory(to: UInt64.self, capacity: 1 &+ Self.wordCount)
        sequence.pointee = 0
        words = sequence + 1
        publish(report)
    }

    /// Readers find `report` from now on. One thread at a time, with all its signals blocked.
    public func publish(_ report: ForkReport) {
        var copied = Words(repeating: 0)
        withUnsafeMutableBytes(of: &copied) { $0.storeBytes(of: report, as: ForkReport.self) }
        let before = linux_load_relaxed(sequence)
        linux_store_relaxed(sequence, before &+ 1)
        linux_fence_release()
        for index in copied.indices { linux_store_relaxed(words + index, copied[index]) }
        linux_store_release(sequence, before &+ 2)
    }

    /// The report that was published last. Any thread; async-signal-safe.
    public var current: ForkReport {
        var copied = Words(repeating: 0)
        var before: UInt64
        repeat {
            before = linux_load_acquire(sequence)
            for index in copied.indices { copied[index] = linux_load_relaxed(words + index) }
            linux_fence_acquire()
        } while before & 1 != 0 || linux_load_relaxed(sequence) != before
        return withUnsafeBytes(of: copied) { $0.load(as: ForkReport.self) }
    }
}
