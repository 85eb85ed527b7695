import LabProcess
import WorkloadSchema

/// Where trials are made, and by whose clock.
///
/// A run plans, keeps its budget, writes down, resumes and judges, and knows no more of trials than this:
/// `ProcessExecutor` makes them as processes of this machine, a test without any.
package protocol TrialExecutor {
    /// Nanoseconds since an arbitrary start, on a clock that does not go backwards.
    var now: UInt64 { get }
    /// Processor time so far: of this process, and of the trials that it has made.
    var processorTimes: ProcessorTimes { get }
    /// Whether the user wants the run to end: no trial is begun after that.
    var isInterrupted: Bool { get }

    /// Makes `trial`, and says what it did; nil if it was interrupted, which says nothing of what it measures.
    ///
    /// Throws what kept it from being started.
    func make(_ trial: Trial) throws -> TrialResult?

    /// From now on an interruption ends this process at once.
    func letNextInterruptionEndProcess()
}

/// What a trial did, before anybody judges it.
package struct TrialResult {
    /// How its process ended.
    package var end: ChildProcess.ProcessEnd
    /// What it reported last; nil if nothing.
    package var report: WorkloadReport?
    /// The beginning of what it wrote to standard error.
    package var errors: String
    /// Nanoseconds from start to end.
    package var elapsed: UInt64
    /// What was sampled between the boundaries that it reported.
    package var usages: [WorkloadReport.Usage]
    /// Memory and space over time; nil if nobody was to look.
    package var series: [UsageSeries.Sample]?

    /// A result of all its parts.
    package init(
        end: ChildProcess.ProcessEnd, report: WorkloadReport?, errors: String = "", elapsed: UInt64,
        usages: [WorkloadReport.Usage] = [], series: [UsageSeries.Sample]? = nil
    ) {
        self.end = end
        self.report = report
        self.errors = errors
        self.elapsed = elapsed
        self.usages = usages
        self.series = series
    }
}
