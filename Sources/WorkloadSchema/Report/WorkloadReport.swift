import LabBase
import Measurement

/// The record that a workload emits: one JSON object per line. A later line replaces an earlier one, so that
/// a workload that dies half-way has reported what it knew.
public struct WorkloadReport: Codable, Equatable, Sendable {
    /// Version of this record; raised when a field changes its meaning.
    public static let currentSchema = 1

    /// Version of the record.
    public var schema = WorkloadReport.currentSchema
    /// Name of the workload: "heap", "store".
    public var workload: String
    /// False while the workload still runs.
    public var complete = false
    /// Path of the library whose malloc the workload called; empty while it is not known.
    public var allocator: String
    /// Bytes of live blocks at the first fork, as requested from malloc.
    public var liveBytes: Int64 = 0
    /// Number of live blocks at the first fork.
    public var liveBlocks: Int64 = 0
    /// Where the first block lay before the first fork.
    public var placement: HeapPlacement?
    /// The effects of the forks on the heap, in order; empty if they could not be determined.
    public var effects: [ForkEffect] = []
    /// The library's accounts of the forks, in order; empty for a reference.
    public var accounts: [Accounts] = []
    /// What was folded after each fork; nil where nothing folds.
    public var folds: [Fold]?
    /// What the children saw of pairs of words (snapshot workload).
    public var pairs: [PairTally] = []
    /// What the children saw of blocks that threads were writing (writers workload).
    public var tornBlocks: TornBlocks?
    /// The answers about properties of fork (semantics workload).
    public var answers: [PropertyAnswer]?
    /// Pairs of malloc and free per second, all threads together (throughput workload), or blocks rewritten
    /// (writers workload).
    public var operationsPerSecond: Double?
    /// The median time of a start, from posix_spawn to the end (start workload).
    public var startNanoseconds: UInt64?
    /// What one start does, counted (start and semantics workloads); nil where that could not be counted.
    public var startCounts: StartCounts?
    /// How much of the pool blocks could use (exhaustion workload).
    public var usableShares: UsableShares?
    /// What open-loop probes saw of the forks.
    public var latencies: [LatencyProfile] = []
    /// What a program's trial reports in addition; nil for built-in workloads.
    public var program: ProgramRecord?
    /// The timed phases.
    public var timings: [Timing] = []
    /// Memory and space at the boundaries.
    public var usages: [Usage] = []
    /// Memory and space of the machine over time; nil if they were not sampled.
    public var usageSeries: UsageSeries?
    /// The results of the checks.
    public var verdicts: [Verdict] = []

    /// An empty report of `workload`, run with the malloc of `allocator`.
    public init(workload: String, allocator: String) {
        self.workload = workload
        self.allocator = allocator
    }

    /// The actions at the forks, as the library reports them, in order. Where the parent leaves the copy to its child, what the
    /// child did follows.
    public var actions: [ForkAccount.Action] {
        accounts.flatMap { accounts -> [ForkAccount.Action] in
            guard let parent = accounts.parent else { return accounts.child.map { [$0.action] } ?? [] }
            guard parent.action == .deferred, let child = accounts.child else { return [parent.action] }
            return [parent.action, child.action]
        }
    }

    /// Adds the result of a check at `fork` (0: before any) in generation `depth`.
    public mutating func note(_ verdict: (Check, Outcome, String), fork: Int, depth: Int) {
        verdicts.append(
            Verdict(check: verdict.0, fork: fork, depth: depth, outcome: verdict.1, detail: verdict.2))
    }

    /// The record as one line of JSON, with sorted snake_case keys, without the newline. Throws `EncodingError`.
    public func jsonLine() throws -> String { try JSONLine.encode(self) }

    /// Writes the whole record and a newline to `descriptor`. Throws `SystemCallError` or `EncodingError`.
    public func writeLine(to descriptor: Int32) throws {
        try OutputFile.append(
            try jsonLine() + "\n", to: descriptor, path: "the report to descriptor \(descriptor)")
    }

    /// The last complete record among the lines of `text`; nil if none can be decoded.
    public static func last(in text: String) -> WorkloadReport? {
        // By bytes: splitting characters takes as long as decoding the record.
        for line in text.utf8.split(separator: UInt8(ascii: "\n")).reversed() {
            if let report = try? JSONLine.decode(WorkloadReport.self, from: String(Substring(line))),
                report.schema == currentSchema
            {
                return report
            }
        }
        return nil
    }
}
