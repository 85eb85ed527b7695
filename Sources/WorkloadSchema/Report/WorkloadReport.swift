import Glibc
import LabBase
import Measurement

/// The record that a workload emits: one JSON object a line. A later line replaces an earlier one, so that
/// a workload that dies half-way has told what it knew.
public struct WorkloadReport: Codable, Equatable, Sendable {
    /// Version of this record; raised when a field changes its meaning.
    public static let currentSchema = 1

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
        // By bytes: to split characters takes as long as to decode the record.
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
