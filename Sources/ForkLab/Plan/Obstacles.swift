import Measurement

/// What of a scenario cannot be measured here, and why.
public struct Obstacles: Sendable {
    /// Told to the user, never silently.
    public let skipped: [Skipped]
    /// Picks the cells that are left out, those of missing file systems aside.
    let impossible: [[String: String]]

    /// Looks for what `scenario` asks for; its file systems have been looked for.
    public init(_ scenario: Scenario, selection: FileSystemSelection) {
        let contenders = Plan.cells(of: scenario).compactMap(\.contender).withoutDoubles
        let references = contenders.compactMap {
            contender -> (selector: [String: String], skipped: Skipped)? in
            guard case .reference(let reference) = contender,
                let skipped = ReferenceLoader.obstacle(reference)
            else { return nil }
            return ([contender.key: contender.value], skipped)
        }
        if case .program(let program) = scenario.workload, let obstacle = program.obstacle {
            skipped = selection.skipped + [obstacle]
            // No cell can do without it.
            impossible = [[:]]
            return
        }
        let engines = selection.usable.flatMap { $0.skippedEngines(in: scenario) }
        skipped = selection.skipped + references.map(\.skipped) + engines.map(\.skipped)
        impossible = references.map(\.selector) + engines.map(\.selector)
    }
}
