import FoundationEssentials
import Glibc

/// A phase that a workload times. The raw value is the name in reports, scenarios and expectations.
public enum Phase: String, Codable, CaseIterable, Sendable {
    /// Filling the heap before the first fork.
    case fill
    /// The call of fork() in the parent: what stalls it.
    case forkStall = "fork_stall"
    /// Forking all the children of a process, from before the first fork until the last child runs.
    case startAll = "start_all"
    /// From just before fork() in the parent until fork() has returned in the child.
    case childFirstInstruction = "child_first_instruction"
    /// The parent's first write to each block of its share after the fork.
    case parentFirstWrite = "parent_first_write"
    /// The child's first write to each block of its share.
    case childFirstWrite = "child_first_write"
    /// The child's first read of the blocks that it did not write; it verifies them.
    case childFirstRead = "child_first_read"
    /// The parent's first read of every block after the fork; it verifies them.
    case parentFirstRead = "parent_first_read"
    /// The parent frees and allocates its share again, while the child does the same.
    case parentReallocate = "parent_reallocate"
    /// The child frees and allocates its share again, while the parent does the same.
    case childReallocate = "child_reallocate"
    /// From the child's last instruction until the parent learns that it is gone.
    case childExit = "child_exit"
    /// From just before fork() until the parent learns that the program that the child executed has ended.
    case spawn
}

/// A moment between phases at which memory and file-system use are read.
public enum Boundary: String, Codable, CaseIterable, Sendable {
    /// Before fork() is called.
    case beforeFork = "before_fork"
    /// Parent and child run, neither has written.
    case afterFork = "after_fork"
    /// The parent wrote its share.
    case afterParentWrite = "after_parent_write"
    /// The child wrote its share.
    case afterChildWrite = "after_child_write"
    /// Both freed and allocated their shares again.
    case afterReallocate = "after_reallocate"
    /// The children lived on for as long as the workload holds them, while requests went on.
    case afterHold = "after_hold"
    /// The child is gone.
    case afterExit = "after_exit"
    /// The highest of what was sampled from the fork until its effect was over, where a workload samples.
    case peak
}

/// What a workload checks. The raw value is the name in reports and scenarios.
public enum Check: String, Codable, CaseIterable, Sendable {
    /// The wanted share of the pool could be filled.
    case filled
    /// Every block that was looked up lies in the pool.
    case heapInPool = "heap_in_pool"
    /// fork() succeeded.
    case forked
    /// The mappings after the fork are those that the mode promises.
    case modeTookEffect = "mode_took_effect"
    /// What the library says of the fork agrees with what was seen.
    case forkReport = "fork_report"
    /// The child saw nothing of what the parent wrote after the fork.
    case isolationParentToChild = "isolation_parent_to_child"
    /// The parent saw nothing of what the child wrote.
    case isolationChildToParent = "isolation_child_to_parent"
    /// Every block of the parent held what was last written to it.
    case parentChecksum = "parent_checksum"
    /// Every block of the child held what was last written to it.
    case childChecksum = "child_checksum"
    /// The child answered in time and ended with status 0.
    case childExit = "child_exit"
    /// Every request of the probes was answered as it should be.
    case answered
    /// What the program's own check says of what it made (programs).
    case verified
}

/// What became of a check.
public enum Outcome: String, Codable, CaseIterable, Sendable {
    /// What was promised holds.
    case held
    /// It does not.
    case broken
    /// Nothing to check here: a reference has no pool.
    case notApplicable = "not_applicable"
    /// The workload did not get that far.
    case unknown
}

/// The record that a workload emits: one JSON object a line. A later line replaces an earlier one, so that
/// a workload that dies half-way has told what it knew.
public struct WorkloadReport: Codable, Equatable, Sendable {
    /// Version of this record; raised when a field changes its meaning.
    public static let currentSchema = 1

    /// One timed phase.
    public struct Timing: Codable, Equatable, Sendable {
        /// Which phase.
        public var phase: Phase
        /// 1 for the first fork, 2 for the next; 0 before any.
        public var fork: Int
        /// 1 for a fork of the first process, 2 for one of its child; 0 before any.
        public var depth: Int
        /// Its duration.
        public var nanoseconds: UInt64
        /// Page faults without I/O that the acting process took in it.
        public var minorFaults: UInt64
        /// Page faults with I/O that the acting process took in it.
        public var majorFaults: UInt64

        /// A timing of all its fields.
        public init(
            phase: Phase, fork: Int, depth: Int, nanoseconds: UInt64, minorFaults: UInt64, majorFaults: UInt64
        ) {
            self.phase = phase
            self.fork = fork
            self.depth = depth
            self.nanoseconds = nanoseconds
            self.minorFaults = minorFaults
            self.majorFaults = majorFaults
        }
    }

    /// Memory and space at one boundary.
    public struct Usage: Codable, Equatable, Sendable {
        /// Which boundary.
        public var boundary: Boundary
        /// 1 for the first fork, 2 for the next.
        public var fork: Int
        /// 1 for a fork of the first process, 2 for one of its child.
        public var depth: Int
        /// When, nanoseconds on the monotonic clock.
        public var at: UInt64
        /// The forking process.
        public var parent: MemoryCounters
        /// How many children it has that live.
        public var children: Int
        /// They, added up; nil while there is none.
        public var child: MemoryCounters?
        /// The whole system.
        public var system: SystemMemory
        /// The pool's file system; nil for a reference.
        public var fileSystem: FileSystemSpace?
        /// What parent and children sent to storage so far.
        public var written: ProcessWrites
        /// Bytes written to the device of the pool's file system since the system started, by anybody; nil
        /// for a reference, and where the file system has no device.
        public var deviceWritten: Int64?

        /// A usage of all its fields.
        public init(
            boundary: Boundary, fork: Int, depth: Int, at: UInt64 = 0, parent: MemoryCounters,
            children: Int = 1, child: MemoryCounters?, system: SystemMemory, fileSystem: FileSystemSpace?,
            written: ProcessWrites = ProcessWrites(), deviceWritten: Int64? = nil
        ) {
            self.boundary = boundary
            self.fork = fork
            self.depth = depth
            self.at = at
            self.parent = parent
            self.children = child == nil ? 0 : children
            self.child = child
            self.system = system
            self.fileSystem = fileSystem
            self.written = written
            self.deviceWritten = deviceWritten
        }

        /// Anonymous memory and page tables of parent and child, bytes.
        public var anonymousCost: Int64 { parent.anonymousCost + (child?.anonymousCost ?? 0) }
    }

    /// The result of one check.
    public struct Verdict: Codable, Equatable, Sendable {
        /// Which check.
        public var check: Check
        /// 1 for the first fork, 2 for the next; 0 before any.
        public var fork: Int
        /// 1 for a fork of the first process, 2 for one of its child; 0 before any.
        public var depth: Int
        /// What became of it.
        public var outcome: Outcome
        /// What was seen, in words; empty where the outcome says it all.
        public var detail: String

        /// A verdict of all its fields.
        public init(check: Check, fork: Int, depth: Int, outcome: Outcome, detail: String = "") {
            self.check = check
            self.fork = fork
            self.depth = depth
            self.outcome = outcome
            self.detail = detail
        }
    }

    /// What the library says of one fork.
    public struct Accounts: Codable, Equatable, Sendable {
        /// 1 for the first fork, 2 for the next.
        public var fork: Int
        /// 1 for a fork of the first process, 2 for one of its child.
        public var depth: Int
        /// In the forking process.
        public var parent: ForkAccount?
        /// In its child.
        public var child: ForkAccount?

        /// Accounts of all their fields.
        public init(fork: Int, depth: Int, parent: ForkAccount?, child: ForkAccount?) {
            self.fork = fork
            self.depth = depth
            self.parent = parent
            self.child = child
        }
    }

    /// Bytes asked of malloc until it returned NULL, as shares of the pool.
    public struct UsableShares: Codable, Equatable, Sendable {
        /// With the pool fresh.
        public var fresh: Double
        /// After a long random run with the pool full all the time.
        public var afterRun: Double
        /// When all was free again.
        public var afterFree: Double

        /// Shares of all three.
        public init(fresh: Double, afterRun: Double, afterFree: Double) {
            self.fresh = fresh
            self.afterRun = afterRun
            self.afterFree = afterFree
        }
    }

    /// Version of the record.
    public var schema = WorkloadReport.currentSchema
    /// Name of the workload: "heap", "store".
    public var workload: String
    /// False while the workload still runs.
    public var complete = false
    /// Path of the object whose malloc the workload called; empty while it is not known.
    public var allocator: String
    /// Bytes of live blocks at the first fork, as requested from malloc.
    public var liveBytes: Int64 = 0
    /// Number of live blocks at the first fork.
    public var liveBlocks: Int64 = 0
    /// Where the first block lay before the first fork.
    public var placement: HeapPlacement?
    /// What the forks did to the heap, in order; empty where it could not be told.
    public var effects: [ForkEffect] = []
    /// What the library says of the forks, in order; empty for a reference.
    public var accounts: [Accounts] = []
    /// What the children saw of pairs of words (snapshot workload).
    public var pairs: [PairTally] = []
    /// What the children saw of blocks that threads were writing (writers workload).
    public var tornBlocks: TornBlocks?
    /// What fork still means (semantics workload).
    public var answers: [PropertyAnswer]?
    /// Pairs of malloc and free a second, all threads together (throughput workload), or blocks rewritten
    /// (writers workload).
    public var operationsPerSecond: Double?
    /// The median time of a start of /bin/true (start workload).
    public var startNanoseconds: UInt64?
    /// How much of the pool blocks could take (exhaustion workload).
    public var usableShares: UsableShares?
    /// What open-loop probes saw of the forks.
    public var latencies: [LatencyProfile] = []
    /// What a program's trial tells beyond this; nil for built-in workloads.
    public var program: ProgramRecord?
    /// The timed phases.
    public var timings: [Timing] = []
    /// Memory and space at the boundaries.
    public var usages: [Usage] = []
    /// Memory and space of the machine over time; nil if nobody sampled them.
    public var usageSeries: UsageSeries?
    /// The checks.
    public var verdicts: [Verdict] = []

    /// An empty report of `workload`, run with the malloc of `allocator`.
    public init(workload: String, allocator: String) {
        self.workload = workload
        self.allocator = allocator
    }

    /// What was done at the forks, as the library says, in order.
    public var actions: [ForkAccount.Action] { accounts.compactMap { ($0.parent ?? $0.child)?.action } }

    /// Adds what was found at a fork, or before any (0).
    public mutating func note(_ verdict: (Check, Outcome, String), fork: Int, depth: Int) {
        verdicts.append(
            Verdict(check: verdict.0, fork: fork, depth: depth, outcome: verdict.1, detail: verdict.2))
    }

    /// The record as one line of JSON, keys in snake_case and sorted, without the newline.
    public func jsonLine() throws -> String { try JSONLine.encode(self) }

    /// Writes the record and a newline to `descriptor`, whole. Throws `SystemCallError` or `EncodingError`.
    public func writeLine(to descriptor: Int32) throws {
        let line = Array((try jsonLine() + "\n").utf8)
        var written = 0
        while written < line.count {
            let count = line.withUnsafeBytes {
                write(descriptor, $0.baseAddress! + written, line.count - written)
            }
            guard count > 0 else { throw SystemCallError("write the report to descriptor \(descriptor)") }
            written += count
        }
    }

    /// The last whole record among the lines of `text`; nil if there is none that can be read.
    public static func last(in text: String) -> WorkloadReport? {
        for line in text.split(separator: "\n").reversed() {
            if let report = try? JSONLine.decode(WorkloadReport.self, from: String(line)),
                report.schema == currentSchema
            {
                return report
            }
        }
        return nil
    }
}

/// The one JSON dialect of all records: a line each, snake_case keys, sorted.
public enum JSONLine {
    /// `value` as one line, without the newline. Throws `EncodingError`.
    public static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The value that `line` holds. Throws `DecodingError`.
    public static func decode<Value: Decodable>(_ type: Value.Type, from line: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(line.utf8))
    }
}
