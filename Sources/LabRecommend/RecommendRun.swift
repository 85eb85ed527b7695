import LabAnalysis
import LabBase
import LabDoctor
import LabProcess
import LabRun
import LabScenario
import LabStatistics
import Measurement

/// Measures what a recommendation needs, with more trials as long as they may help, and decides.
package struct RecommendRun {
    /// The number of trials of each cell after each step; steps are taken as long as they help and there is time.
    /// The first shows whether anything can be measured at all: nobody should have to wait for many trials of a wrong command.
    private static let trialSteps = [1, Contrast.leastTrials, 9, 15, 25, 41]

    private let request: RecommendRequest
    private let executables: Executables
    private let fileSystem: UsableFileSystem
    private let selection: FileSystemSelection
    private let room: PoolRoom
    private let scenario: Scenario
    private let limits: Limits
    /// The directory of its results.
    package let output: String

    /// Looks at the directory and makes a plan. Throws an `InputError` that names the option.
    package init(
        _ request: RecommendRequest, executables: Executables, output: String
    ) throws(InputError) {
        guard let path = RealPath.resolve(request.directory) else {
            throw InputError(
                "--pool-dir", "\"\(request.directory)\" does not exist; give a directory that does")
        }
        selection = FileSystemSelection(here: [.directory(path)])
        guard let found = selection.usable.first else {
            let reason = selection.skipped.first?.reason ?? ""
            throw InputError("--pool-dir", "no pool can be in \(path): \(reason)")
        }
        fileSystem = found
        if case .program(let program, _) = request.workload.source, let obstacle = program.obstacle {
            throw InputError(request.command.isEmpty ? "--scenario" : "COMMAND", obstacle.reason)
        }
        room = PoolRoom(request.workload, on: found)
        let copies: [ForkMode] = room.obstacleToCopies == nil ? [.poolCopy, .copyOrRemap] : []
        scenario = try RecommendScenario(
            workload: request.workload, fileSystem: found,
            modes: [.privateRemap] + copies,
            hasReference: room.obstacleToReference == nil, trials: Self.trialSteps[0],
            timeout: RecommendScenario.timeout(of: request.workload)
        ).scenario()
        var limits = request.limits
        limits.memory = limits.memory ?? room.memoryBound
        limits.space = limits.space ?? room.spaceBound
        if !request.workload.hasSettled {
            // If RAM and space are not measured, only the user's limits apply, and then their check stays unmeasured.
            limits.memory = request.limits.memory
            limits.space = request.limits.space
        }
        self.limits = limits
        self.request = request
        self.executables = executables
        self.output = output
        try ResultDirectory.checkUnused(output, option: "--output", advice: "give another directory")
    }

    /// Measures and decides; nil if it was interrupted. The samples are in `output`; `conclude` writes the conclusions beside
    /// them, each time that there are more.
    ///
    /// Throws `InputError` or `SystemCallError` if nothing can be measured at all.
    package func perform(
        interruption: Interruption, conclude: (ResultDirectory) throws -> Void
    ) throws -> RecommendReport? {
        try perform(
            by: ProcessExecutor(executables: executables, interruption: interruption),
            on: Diagnosis(
                machine: .this, fileSystems: [fileSystem], missing: [], library: executables.library),
            conclude: conclude)
    }

    /// The same with trials made by `executor`, on a machine with doctor's `diagnosis`.
    func perform(
        by executor: some TrialExecutor, on diagnosis: Diagnosis, conclude: (ResultDirectory) throws -> Void
    ) throws -> RecommendReport? {
        guard room.obstacle == nil else { return report([], results: nil, diagnosis) }
        let begin = executor.now
        var results = try measure(
            Run(
                scenario, options: options(elapsed: 0), executables: executables, selection: selection,
                output: output), executor, conclude)
        for trials in Self.trialSteps.dropFirst() {
            guard results.manifests.last?.end == .complete, isWorthMore(measurements(results)) else { break }
            let resumption = try Resumption(
                results, options: try options(trials: trials, elapsed: executor.now - begin))
            results = try measure(
                Run(resumption, executables: executables, selection: selection), executor, conclude)
        }
        guard results.manifests.last?.end != .interrupted else { return nil }
        let report = report(measurements(results), results: results, diagnosis)
        try OutputFile.write(try JSONLine.encode(report) + "\n", to: "\(output)/recommendation.json")
        try OutputFile.write(RecommendDocument(report).text + "\n", to: "\(output)/recommendation.txt")
        return report
    }

    private func measure(
        _ run: Run, _ executor: some TrialExecutor, _ conclude: (ResultDirectory) throws -> Void
    ) throws -> ResultDirectory {
        try run.perform(by: executor) { results in
            try conclude(results)
            return results
        }
    }

    private func options(trials: Int? = nil, elapsed: UInt64) throws(InputError) -> RunOptions {
        var options = try RunOptions(trials: trials)
        let budget = request.timeBudget.nanoseconds
        options.timeBudget = .nanoseconds(budget > elapsed ? budget - elapsed : 1)
        return options
    }

    /// Whether more trials may help.
    private func isWorthMore(_ measurements: [CandidateMeasurement]) -> Bool {
        guard let least = measurements.filter({ $0.obstacle == nil }).map(\.trials).min() else {
            return false
        }
        if least < Contrast.leastTrials { return true }
        let wanted = Recommendation(measurements, limits, reflink: fileSystem.reflink).wantedTrials()
        return wanted.map { $0 <= Self.trialSteps.last! } ?? false
    }

    private func measurements(_ results: ResultDirectory) -> [CandidateMeasurement] {
        let summary = results.summary
        let control = summary.cells.first { $0.cell["reference"] != nil && $0.correctness.status == .broken }
        return summary.cells.compactMap { cell in
            CandidateMeasurement(
                cell, samples: results.samples, isMemory: fileSystem.isMemory,
                control: control?.correctness.findings.first?.description,
                hasSettled: request.workload.hasSettled)
        }
    }

    private func report(
        _ measurements: [CandidateMeasurement], results: ResultDirectory?, _ diagnosis: Diagnosis
    ) -> RecommendReport {
        let known = Set(measurements.map(\.candidate))
        let absent = Candidate.all(reflink: fileSystem.reflink, isSpaceKept: limits.isSpaceKept)
            .filter { !known.contains($0) }
            .compactMap { candidate in
                (room.obstacle ?? (candidate.copies ? room.obstacleToCopies : nil)).map {
                    CandidateMeasurement(candidate, trials: 0, obstacle: $0)
                }
            }
        let reference = results?.summary.cells.first { $0.cell["reference"] != nil }
        return RecommendReport(
            request, limits: limits,
            RecommendEvidence(
                fileSystem: fileSystem, room: room, measurements: measurements + absent,
                referenceStall: reference.flatMap { Estimate.longestStall($0, results?.samples ?? []) },
                results: results == nil ? nil : output, end: results?.manifests.last?.end,
                diagnosis: diagnosis, library: executables.library))
    }
}
