import CLinux

/// The report of the last fork, written by the thread that forks and read by any: a sequence lock.
///
/// A reader takes no lock, so it may be a signal handler, also on a thread that holds the pool's lock. It tries again
/// while a report is being written. The writer blocks all signals meanwhile, so that no handler on its own thread waits
/// for it, and no other thread forks, so that no child finds a report half-written.
public struct PublishedReport {
    /// Odd while a report is being written.
    private let sequence: UnsafeMutablePointer<UInt64>
    /// The bytes of the report.
    private let words: UnsafeMutablePointer<UInt64>

    /// Room for a report, in words.
    private static let wordCount = 16
    private typealias Words = InlineArray<16, UInt64>

    /// Bytes of memory, aligned to 8, that it needs.
    public static let bytesNeeded = (1 &+ wordCount) &* 8

    /// Publishes `report` first. `memory` has room for `bytesNeeded` and lives on.
    public init(_ report: ForkReport, in memory: UnsafeMutableRawPointer) {
        sequence = memory.bindMemory(to: UInt64.self, capacity: 1 &+ Self.wordCount)
        sequence.pointee = 0
        words = sequence + 1
        publish(report)
    }

    /// What readers find from now on. By one thread at a time, with all its signals blocked.
    public func publish(_ report: ForkReport) {
        var copied = Words(repeating: 0)
        withUnsafeMutableBytes(of: &copied) { $0.storeBytes(of: report, as: ForkReport.self) }
        let before = linux_load_relaxed(sequence)
        linux_store_relaxed(sequence, before &+ 1)
        linux_fence_release()
        for index in copied.indices { linux_store_relaxed(words + index, copied[index]) }
        linux_store_release(sequence, before &+ 2)
    }

    /// The last report that was published. From any thread; async-signal-safe.
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
