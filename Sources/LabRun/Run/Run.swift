import Glibc
import LabBase
import LabProcess
import LabScenario

/// A run: one scenario, from its plan to its samples.
package struct Run {
    private let scenario: Scenario
    private let executables: Executables
    private let fileSystems: [UsableFileSystem]
    private let plan: Plan
    private let request: EnvironmentManifest.Request
    private let timeBudget: Duration?
    private let earlier: [EnvironmentManifest]
    private let earlierSamples: [Sample]
    /// The directory for its results.
    package let output: String
    /// What the scenario asks for but is not available.
    package let skipped: [Skipped]

    /// Prepares a run whose results go to the directory `output`, which must not have any yet.
    ///
    /// Throws `InputError` if nothing is left to measure, or if an option does not fit the scenario.
    package init(
        _ scenario: Scenario, options: RunOptions, executables: Executables, selection: FileSystemSelection,
        output: String
    ) throws(InputError) {
        try Self.checkUnused(output)
        let obstacles: Obstacles
        (self.scenario, plan, obstacles) = try options.plan(scenario, selection: selection)
        request = EnvironmentManifest.Request(
            scenario: scenario.name, seed: scenario.seed, trials: self.scenario.trials,
            warmUp: scenario.warmUp, filters: options.filters,
            shard: options.shard.description, cells: plan.cells)
        timeBudget = options.timeBudget ?? scenario.timeBudget
        skipped = obstacles.skipped
        (earlier, earlierSamples) = ([], [])
        (self.executables, self.output) = (executables, output)
        fileSystems = selection.usable
    }

    /// Prepares to make the trials that `resumption` found missing. Throws `InputError` if an option does not fit.
    package init(
        _ resumption: Resumption, executables: Executables, selection: FileSystemSelection
    ) throws(InputError) {
        try resumption.check(executables: executables, selection: selection)
        scenario = resumption.scenario
        plan = resumption.plan
        request = resumption.request
        timeBudget = resumption.timeBudget
        skipped = resumption.results.skipped
        earlier = resumption.results.manifests
        earlierSamples = resumption.results.samples
        output = resumption.results.path
        self.executables = executables
        fileSystems = selection.usable
    }

    private static func checkUnused(_ output: String) throws(InputError) {
        try ResultDirectory.checkUnused(
            output, option: "--output", advice: "give another directory, or go on with --resume \(output)")
    }

    /// Makes every missing trial, as processes, until `interruption`. Throws `InputError` or `SystemCallError`.
    package func perform<Conclusion>(
        interruption: Interruption, conclude: (ResultDirectory) throws -> Conclusion
    ) throws -> Conclusion {
        try perform(
            by: ProcessExecutor(executables: executables, interruption: interruption), conclude: conclude)
    }

    /// Has `executor` make every missing trial, and writes each sample as it comes; then `conclude` draws and writes the
    /// conclusions. An interruption and the time budget end it early.
    ///
    /// Throws `InputError` or `SystemCallError` if results cannot be written. A trial that fails is a result.
    package func perform<Conclusion>(
        by executor: some TrialExecutor, conclude: (ResultDirectory) throws -> Conclusion
    ) throws -> Conclusion {
        try OutputOption.named(option, advice: "give a directory that can be made") {
            try OutputFile.makeDirectory(output)
        }
        guard access(output, W_OK | X_OK) == 0 else {
            throw InputError(
                option,
                "cannot write to \(output): \(SystemCallError("access").reason); give a directory that is writable"
            )
        }
        let log = try SampleLog(path: ResultDirectory.File.samples.path(in: output))
        // Another run may have been faster; from here on the log keeps others out.
        if earlier.isEmpty { try Self.checkUnused(output) }
        let manifest = EnvironmentManifest(
            request: request, library: executables.library, fileSystems: fileSystems, skipped: skipped)
        try OutputOption.named(option, advice: "give another directory") {
            try OutputFile.write(scenario.source, to: ResultDirectory.File.scenario.path(in: output))
            try record(manifest)
        }
        do {
            return try conclude(try measure(manifest, log: log, by: executor))
        } catch let error as SystemCallError {
            throw InputError(
                option, "cannot \(error); what was written is valid: go on later with --resume \(output)")
        }
    }

    /// The option that names the directory of results.
    private var option: String { earlier.isEmpty ? "--output" : "--resume" }

    private func measure(
        _ begun: EnvironmentManifest, log: borrowing SampleLog, by executor: some TrialExecutor
    ) throws -> ResultDirectory {
        var manifest = begun
        let (samples, end) = try makeTrials(run: manifest.run, log: log, by: executor)
        // A second Ctrl-C is meant.
        if end == .interrupted { executor.letNextInterruptionEndProcess() }

        manifest.finish(end)
        try record(manifest)
        return ResultDirectory(
            path: output, scenario: scenario, manifests: earlier + [manifest],
            samples: earlierSamples + samples)
    }

    private func record(_ manifest: EnvironmentManifest) throws {
        try EnvironmentFile(runs: earlier + [manifest])
            .write(to: ResultDirectory.File.environment.path(in: output))
    }

    private func makeTrials(
        run: String, log: borrowing SampleLog, by executor: some TrialExecutor
    ) throws -> ([Sample], EnvironmentManifest.End) {
        let begin = executor.now
        let steps = plan.missing(in: earlierSamples)[...]
        var times = TrialTimes(earlierSamples)
        var budget = TimeBudget(timeBudget)
        var progress = Progress(plan, made: plan.steps.count - steps.count)
        defer { progress.finish() }
        var samples: [Sample] = []
        var spentBefore = executor.processorTimes
        for index in steps.indices {
            let step = steps[index]
            if executor.isInterrupted { return (samples, .interrupted) }
            guard budget.allows(steps[index...], elapsed: executor.now - begin, times: times) else {
                return (samples, .timeBudget)
            }
            progress.begin(step, timeLeft: times.isEmpty ? nil : times.expected(steps[index...]))
            let trial = Trial(
                step: step, scenario: scenario, directory: directory(of: step.cell), run: run)
            guard var sample = trial.sample(by: executor) else { return (samples, .interrupted) }
            // The time for writing the previous sample counts here.
            let spent = executor.processorTimes
            sample.runnerTime = spent.own - spentBefore.own
            sample.processorTime = spent.children - spentBefore.children
            spentBefore = spent
            try log.append(sample)
            samples.append(sample)
            times.record(step.cell, sample.elapsed)
            progress.end()
        }
        return (samples, .complete)
    }

    /// The directory of the cell's pool; that of a reference is empty.
    private func directory(of cell: Cell) -> String {
        fileSystems.first { $0.name == cell["file_system"] }?.directory ?? ""
    }
}
