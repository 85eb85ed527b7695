import FoundationEssentials
import WorkloadSchema

/// The result of one trial: a line of samples.jsonl.
package struct Sample: Codable, Equatable, Sendable {
    /// Version of this record; raised when a field changes its meaning.
    package static let currentSchema = 2

    /// How a trial ended.
    package enum End: String, Codable, Sendable {
        /// The workload ended by itself with status 0 and a complete report.
        case completed
        /// It ended with another status, or without a complete report.
        case failed
        /// It was ended by a signal.
        case signalled
        /// It was killed when its time was up.
        case timedOut = "timed_out"
        /// It could not be started.
        case notStarted = "not_started"
    }

    /// Version of the record.
    var schema = Sample.currentSchema
    /// Id of the run that made it, to look up the machine in environment.json.
    var run: String
    /// Its place in the plan of the whole scenario, from 1.
    package var sequence: Int
    /// The scenario's seed.
    var seed: UInt64
    /// When it began, ISO 8601 with milliseconds, UTC.
    var startedAt: String
    /// The cell that was measured.
    package var cell: Cell
    /// 1 for the first of its cell; 0 and below for warm-up.
    package var trial: Int
    /// Whether it is to be left out of the statistics.
    package var warmUp: Bool
    /// How it ended.
    package var outcome = End.notStarted
    /// The exit status, if it ended by itself.
    package var exitStatus: Int32?
    /// The number of the signal that ended it, if one did.
    package var signal: Int32?
    /// The beginning of what it wrote to standard error.
    package var message = ""
    /// Nanoseconds from start to end.
    package var elapsed: UInt64 = 0
    /// Processor time in nanoseconds of all processes of the trial that were waited for; nil if it was not measured.
    package var processorTime: UInt64?
    /// Processor time in nanoseconds that the runner took for the trial; nil if it was not measured.
    package var runnerTime: UInt64?
    /// The workload's last report; nil if there is none.
    package var report: WorkloadReport?

    /// A sample of `step` that begins now, with nothing known yet.
    package init(step: Plan.Step, seed: UInt64, run: String) {
        self.run = run
        self.seed = seed
        startedAt = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        sequence = step.sequence
        cell = step.cell
        trial = step.trial
        warmUp = step.isWarmUp
    }
}
