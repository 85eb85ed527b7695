import FoundationEssentials
import WorkloadSchema

/// What one trial brought: a line of samples.jsonl.
package struct Sample: Codable, Equatable, Sendable {
    /// Version of this record; raised when a field changes its meaning.
    package static let currentSchema = 2

    /// How a trial ended.
    package enum End: String, Codable, Sendable {
        /// The workload ended by itself with status 0 and a complete report.
        case completed
        /// It ended with another status, or without a complete report.
        case failed
        /// A signal ended it.
        case signalled
        /// It was killed at the end of its time.
        case timedOut = "timed_out"
        /// It could not be started.
        case notStarted = "not_started"
    }

    /// Version of the record.
    var schema = Sample.currentSchema
    /// Id of the run that made it: finds the machine in environment.json.
    var run: String
    /// Its place in the plan of the whole scenario, from 1.
    package var sequence: Int
    /// The scenario's seed.
    var seed: UInt64
    /// When it began, ISO 8601 with milliseconds, UTC.
    var startedAt: String
    /// What was measured.
    package var cell: Cell
    /// 1 for the first of its cell; 0 and below for warm-up.
    package var trial: Int
    /// Whether it is to be left out of the statistics.
    package var warmUp: Bool
    /// How it ended.
    package var outcome = End.notStarted
    /// The exit status, if it ended by itself.
    package var exitStatus: Int32?
    /// The number of the signal, if one ended it.
    package var signal: Int32?
    /// The beginning of what it wrote to standard error.
    package var message = ""
    /// Nanoseconds from start to end.
    package var elapsed: UInt64 = 0
    /// Nanoseconds of processor time that the trial took, of all its processes that were waited for; nil if it was not measured.
    package var processorTime: UInt64?
    /// Nanoseconds of processor time that the runner took for it; nil likewise.
    package var runnerTime: UInt64?
    /// What the workload reported last; nil if nothing.
    package var report: WorkloadReport?

    /// A sample of `step` that begins now, before anything is known.
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
