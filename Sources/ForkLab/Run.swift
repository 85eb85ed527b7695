import Measurement

/// A run: one scenario, from its plan to its summary. Reads top to bottom.
public struct Run {
    private let scenario: Scenario
    private let executables: Executables
    private let fileSystems: [UsableFileSystem]
    private let plan: Plan
    private let output: String
    /// What the scenario asks for and the run must do without.
    public let skipped: [Skipped]

    /// Prepares a run whose results go to the directory `output`.
    ///
    /// Throws `InputError` if nothing is left to measure.
    public init(
        _ scenario: Scenario, executables: Executables, selection: FileSystemSelection, output: String
    ) throws(InputError) {
        self.scenario = scenario
        self.executables = executables
        fileSystems = selection.usable
        self.output = output
        let obstacles = scenario.contenders.compactMap { contender in
            if case .reference(let reference) = contender { ReferenceLoader.obstacle(reference) } else { nil }
        }
        let engines = fileSystems.flatMap { $0.skippedEngines(in: scenario) }
        skipped = selection.skipped + obstacles + engines.map(\.skipped)
        plan = Plan(
            scenario, fileSystems: fileSystems.map(\.name), without: obstacles.map(\.what),
            impossible: engines.map(\.selector))
        if plan.cells.isEmpty {
            let reasons = skipped.map(\.description).joined(separator: "; ")
            throw InputError("scenario \(scenario.name)", "has no cell that can be measured here: \(reasons)")
        }
    }

    /// Makes every trial, writes each sample as it comes, then the summary. `interruption` ends it early.
    ///
    /// Throws `SystemCallError` if results cannot be written. A trial that fails is a result.
    public func perform(interruption: Interruption) throws -> RunSummary {
        try OutputFile.makeDirectory(output)
        try OutputFile.write(scenario.source, to: "\(output)/scenario.yaml")
        let manifest = EnvironmentManifest(
            library: executables.library, fileSystems: fileSystems, skipped: skipped)
        try OutputFile.write(try JSONLine.encode(manifest) + "\n", to: "\(output)/environment.json")

        let samples = try makeTrials(interruption: interruption)

        let summary = RunSummary(
            scenario: scenario, plan: plan, fileSystems: fileSystems, skipped: skipped, samples: samples,
            library: executables.library)
        try OutputFile.write(SummaryDocument(summary).markdown, to: "\(output)/summary.md")
        return summary
    }

    private func makeTrials(interruption: Interruption) throws -> [Sample] {
        let log = try SampleLog(path: "\(output)/samples.jsonl")
        var progress = Progress(plan)
        var samples: [Sample] = []
        for (index, step) in plan.steps.enumerated() where !interruption.arrived {
            progress.begin(step.cell, done: index, remaining: plan.steps.dropFirst(index + 1))
            let trial = Trial(
                step: step, scenario: scenario, executables: executables, directory: directory(of: step.cell))
            guard let sample = trial.run(sequence: index + 1, interruption: interruption) else { break }
            try log.append(sample)
            samples.append(sample)
            progress.end(step.cell, elapsed: sample.elapsed)
        }
        progress.finish(done: samples.count)
        return samples
    }

    /// The pool's directory; a reference has none.
    private func directory(of cell: Cell) -> String {
        fileSystems.first { $0.name == cell["file_system"] }?.directory ?? ""
    }
}
