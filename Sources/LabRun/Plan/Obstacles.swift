import LabBase
import LabScenario

/// What of a scenario cannot be measured here, and why.
package struct Obstacles: Sendable {
    /// Told to the user, never silently.
    package let skipped: [Skipped]
    /// Picks the cells that are left out, those of missing file systems aside.
    let impossible: [[String: String]]

    /// Looks for what `scenario` asks for; its file systems have been looked for.
    init(_ scenario: Scenario, selection: FileSystemSelection) {
        let contenders = Plan.cells(of: scenario).compactMap(\.contender).withoutDoubles
        let references = contenders.compactMap {
            contender -> (selector: [String: String], skipped: Skipped)? in
            guard case .reference(let reference) = contender,
                let skipped = ReferenceLoader.obstacle(reference)
            else { return nil }
            return ([contender.key: contender.value], skipped)
        }
        let engines = selection.usable.flatMap { $0.skippedEngines(in: scenario) }
        let all = references + engines + Self.programObstacles(scenario.workload, selection)
        skipped = selection.skipped + all.map(\.skipped)
        impossible = all.map(\.selector)
    }

    private static func programObstacles(
        _ workload: Workload, _ selection: FileSystemSelection
    ) -> [(selector: [String: String], skipped: Skipped)] {
        guard case .program(let program) = workload else { return [] }
        // No cell can do without the program.
        if let obstacle = program.obstacle { return [([:], obstacle)] }
        return selection.usable.compactMap { fileSystem in
            program.obstacle(on: fileSystem).map { (["file_system": fileSystem.name], $0) }
        }
    }
}
