import LabScenario

extension UsableFileSystem {
    /// The copy engines that `scenario` forces and that this file system does not support: selectors of
    /// the affected cells, and the reasons.
    func skippedEngines(in scenario: Scenario) -> [(selector: [String: String], skipped: Skipped)] {
        let setting = LibrarySetting.forkCopy
        let varied = scenario.axes.filter { $0.name == setting }.flatMap(\.values)
        let asked =
            varied + [scenario.parameters[setting]].compactMap { $0 }
            + scenario.include.compactMap { $0[setting] }
        return impossibleActions.map(\.rawValue).filter(asked.contains).map { engine in
            let selector = ["file_system": name, setting: engine]
            return (
                selector,
                Skipped(what: Cell(selector).description, reason: "\(type) at \(directory) cannot do that")
            )
        }
    }
}
