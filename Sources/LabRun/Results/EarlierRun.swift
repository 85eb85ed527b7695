import LabBase
import LabScenario

/// An earlier run, for estimating how long trials take.
package struct EarlierRun: Sendable {
    /// The directory of its results.
    package let directory: String
    package let times: TrialTimes

    /// The newest run with cells of `scenario` whose directory is in `folder`; nil if there is none.
    package static func newest(of scenario: Scenario, in folder: String) -> EarlierRun? {
        let cells = Set(Plan.cells(of: scenario))
        // Names end with the time: the last in order is the newest.
        for name in (Folder.read(folder) ?? []).sorted().reversed() where name.hasPrefix(scenario.name + "-")
        {
            let directory = "\(folder)/\(name)"
            let samples = ((try? ResultDirectory.samples(in: directory)) ?? []).filter {
                cells.contains($0.cell)
            }
            if !samples.isEmpty { return EarlierRun(directory: directory, times: TrialTimes(samples)) }
        }
        return nil
    }
}
