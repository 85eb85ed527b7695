import CProcess
import Glibc
import LabBase
import Measurement
import WorkloadBase
import WorkloadSchema

/// The beginning and end of a timed phase, with the page faults of the acting process during it.
struct Interval {
    var begin: UInt64 = 0
    var end: UInt64 = 0
    var minorFaults: UInt64 = 0
    var majorFaults: UInt64 = 0

    /// Times `work` on the monotonic clock.
    @inline(__always)
    mutating func measure<Result, Failure>(
        _ work: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let before = PageFaults.ofThisProcess
        begin = Clock.nanoseconds
        let result = try work()
        end = Clock.nanoseconds
        let after = PageFaults.ofThisProcess
        minorFaults = after.minor &- before.minor
        majorFaults = after.major &- before.major
        return result
    }
}

extension Interval {
    /// The report's entry for it.
    func timing(_ phase: Phase, fork: Int, depth: Int) -> WorkloadReport.Timing {
        WorkloadReport.Timing(
            phase: phase, fork: fork, depth: depth, nanoseconds: end - begin, minorFaults: minorFaults,
            majorFaults: majorFaults)
    }
}

/// Everything that parent and child of one fork record: plain data in a shared mapping, so that both can
/// write it, and a crash of either loses nothing.
struct RoundRecord {
    var fork = 0
    var depth = 0
    /// Whether it belongs to a parent's first child, whose record also has the parent's phases and the boundaries.
    var isFirstOfGeneration = false
    var forkResult: Int32 = 0
    var forkErrno: Int32 = 0

    var forkStall = Interval()
    var startAll = Interval()
    var childRunning: UInt64 = 0
    var parentFirstWrite = Interval()
    var childFirstWrite = Interval()
    var childFirstRead = Interval()
    var parentFirstRead = Interval()
    var parentReallocate = Interval()
    var childReallocate = Interval()
    var childExit = Interval()
    var fold = FoldRecord()

    var parentAccount: ForkAccount?
    var childAccount: ForkAccount?
    var seen: SeenEffect?
    /// Whether the parent's heap was private right after fork(); nil if its child was not to copy.
    var parentFrozen: Bool?
    var parentVerified = false
    var childVerified = false
    var parentFindings = Findings()
    var childFindings = Findings()
    var reallocationRefused = false
    var childEnd = ChildEnd.unknown
    var childEndValue: Int32 = 0

    var boundaries = (
        BoundaryRecord(), BoundaryRecord(), BoundaryRecord(), BoundaryRecord(), BoundaryRecord(),
        BoundaryRecord(), BoundaryRecord(), BoundaryRecord()
    )
}

/// What became of the parent's heap when the children were gone: plain data.
struct FoldRecord {
    /// The call of vmmalloc_fold(); empty if there was none.
    var call = Interval()
    /// Its error number, 0 if it succeeded.
    var error: Int32 = 0
    /// The tallies before the fork and after the call.
    var before = FoldTally()
    var after = FoldTally()
    /// Whether the heap was mapped shared after it; nil if that could not be seen.
    var isShared: Bool?
}

/// The records of all rounds, shared by the whole family of processes.
struct RoundRecords {
    private let records: UnsafeMutablePointer<RoundRecord>
    /// The number of records.
    let count: Int

    init(count: Int) throws(SystemCallError) {
        guard let memory = cp_map_anonymous(count * MemoryLayout<RoundRecord>.stride, true) else {
            throw SystemCallError("map the shared records of \(count) forks")
        }
        records = memory.bindMemory(to: RoundRecord.self, capacity: count)
        records.initialize(repeating: RoundRecord(), count: count)
        // Touched before any fork, so that the child's first time stamp does not have to clear a page.
        self.count = count
    }

    /// The record of round `index`.
    func round(_ index: Int) -> UnsafeMutablePointer<RoundRecord> { records + index }
}
