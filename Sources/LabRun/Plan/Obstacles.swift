import Algorithms
import LabBase
import LabScenario

/// The parts of a scenario that cannot be measured here, and why.
package struct Obstacles: Sendable {
    /// What is left out; the user is always told.
    package let skipped: [Skipped]
    /// Selectors of the cells that are left out, except those of missing file systems.
    let impossible: [[String: String]]

    /// Looks for everything that `scenario` needs; `selection` has already looked for its file systems.
    init(_ scenario: Scenario, selection: FileSystemSelection) {
        let contenders = Plan.cells(of: scenario).compactMap(\.contender).uniqued(on: \.self)
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
