import CProcess
import Glibc
import LabBase
import Synchronization

/// When each request of one open-loop probe was sent and answered, as raw numbers.
///
/// The log is in shared anonymous memory that is touched when it is made: it takes nothing from malloc, so
/// it is not in a pool; fork(2) does not copy its page tables; and no request takes a page fault in
/// its own log. It takes 16 bytes per request. A child sees what its parent writes later.
///
/// One thread may write. Any process that has it may read at the same time: the first `count` requests are complete.
public struct LatencyLog: @unchecked Sendable {
    /// One request, in nanoseconds on the monotonic clock.
    public struct Request: Equatable, Sendable {
        /// When it was due.
        public var due: UInt64
        /// When it was sent: later than due if the previous one was answered late, or the timer was late.
        public var sent: UInt64
        /// When it was answered.
        public var done: UInt64

        /// Memberwise initializer.
        public init(due: UInt64, sent: UInt64, done: UInt64) {
            self.due = due
            self.sent = sent
            self.done = done
        }

        /// How long a user waits: from when the request was due, not from when it was sent.
        public var latency: UInt64 { done - due }
    }

    /// The part of a request that the log keeps; when it was due follows from its number.
    private struct Times {
        var sent: UInt64
        var done: UInt64
    }

    private struct Header: ~Copyable {
        var start: UInt64 = 0
        var interval: UInt64 = 0
        let count = Atomic<Int>(0)
        let failures = Atomic<Int>(0)
    }

    private static let headerSize = 64
    private let header: UnsafeMutablePointer<Header>
    private let times: UnsafeMutablePointer<Times>
    /// The number of requests for which it has room.
    public let capacity: Int

    /// An empty log with room for `capacity` requests. Throws `SystemCallError` if there is no memory.
    public init(capacity: Int) throws(SystemCallError) {
        let size = Self.headerSize + max(capacity, 1) * MemoryLayout<Times>.stride
        guard let memory = cp_map_anonymous(size, true) else {
            throw SystemCallError("map a log of \(capacity) requests")
        }
        memset(memory, 0, size)
        header = memory.bindMemory(to: Header.self, capacity: 1)
        header.initialize(to: Header())
        times = (memory + Self.headerSize).bindMemory(to: Times.self, capacity: capacity)
        self.capacity = capacity
    }

    /// Unmaps the log in this process.
    public func discard() {
        munmap(header, Self.headerSize + max(capacity, 1) * MemoryLayout<Times>.stride)
    }

    /// Requests answered so far.
    public var count: Int { header.pointee.count.load(ordering: .acquiring) }

    /// Whether there is no room for another.
    public var isFull: Bool { count == capacity }

    /// Requests that were answered wrongly or not at all. They also count among the answered ones.
    public var failures: Int { header.pointee.failures.load(ordering: .relaxed) }

    /// Nanoseconds between two due times.
    public var interval: UInt64 { header.pointee.interval }

    /// Request `index`, which must be below `count`.
    public subscript(index: Int) -> Request {
        let due = header.pointee.start + UInt64(index) * header.pointee.interval
        return Request(due: due, sent: times[index].sent, done: times[index].done)
    }

    /// Empties the log for requests due at `start`, `start + interval`, ... For the writing thread, before
    /// its first request.
    func begin(start: UInt64, interval: UInt64) {
        header.pointee.start = start
        header.pointee.interval = interval
        header.pointee.failures.store(0, ordering: .relaxed)
        header.pointee.count.store(0, ordering: .releasing)
    }

    /// Records the next request in the order of due times. There must be room.
    @inline(__always)
    func append(sent: UInt64, done: UInt64, succeeded: Bool) {
        let index = header.pointee.count.load(ordering: .relaxed)
        times[index] = Times(sent: sent, done: done)
        if !succeeded { header.pointee.failures.wrappingAdd(1, ordering: .relaxed) }
        header.pointee.count.store(index + 1, ordering: .releasing)
    }
}
