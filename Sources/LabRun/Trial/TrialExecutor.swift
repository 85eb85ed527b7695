import LabProcess
import WorkloadSchema

/// Makes trials, and provides the clock.
///
/// A run plans, keeps its budget, records, resumes and judges, and knows no more about trials than this:
/// `ProcessExecutor` makes them as processes on this machine, a test without any.
package protocol TrialExecutor {
    /// Nanoseconds since an arbitrary start, on a clock that does not go backwards.
    var now: UInt64 { get }
    /// Processor time so far, of this process and of the trials that it has made.
    var processorTimes: ProcessorTimes { get }
    /// Whether the user wants the run to end: no trial is started after that.
    var isInterrupted: Bool { get }

    /// Makes `trial`, and returns its result; nil if it was interrupted, which says nothing about the cell.
    ///
    /// Throws whatever kept it from being started.
    func make(_ trial: Trial) throws -> TrialResult?

    /// From now on an interruption ends this process at once.
    func letNextInterruptionEndProcess()
}

/// The result of a trial, not yet judged.
package struct TrialResult {
    /// How its process ended.
    package var end: ChildProcess.ProcessEnd
    /// Its last report; nil if there is none.
    package var report: WorkloadReport?
    /// The beginning of what it wrote to standard error.
    package var errors: String
    /// Nanoseconds from start to end.
    package var elapsed: UInt64
    /// The samples taken between the boundaries that it reported.
    package var usages: [WorkloadReport.Usage]
    /// Memory and space over time; nil if they were not wanted.
    package var series: [UsageSeries.Sample]?

    /// Memberwise initializer.
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
