import Algorithms
import LabAnalysis
import LabBase
import LabScenario
import Measurement
import WorkloadSchema

/// The latencies that one open-loop probe saw on one file system, with the references beside it.
struct ProbePanel {
    /// The name of the probe: "store".
    let probe: String
    /// The file system; nil if there are only references.
    let fileSystem: String?
    /// The cells, each with the profiles of the first fork in its trials.
    let cells: [(cell: Cell, profiles: [LatencyProfile])]

    /// "store, tmpfs".
    var title: String { [probe, fileSystem].compactMap { $0 }.joined(separator: ", ") }

    /// One panel for each probe and file system.
    static func all(of results: ResultSet) -> [ProbePanel] {
        let profiles = results.summary.cells.map { summary in
            (summary.cell, results.counted(summary.cell).flatMap { $0.report?.latencies ?? [] })
        }
        let probes = profiles.flatMap { $0.1.map(\.probe) }.uniqued(on: \.self)
        let places = profiles.map { $0.0["file_system"] }.uniqued(on: \.self)
        return probes.flatMap { probe in
            let own = profiles.map { cell, all in (cell, all.filter { $0.probe == probe && $0.fork == 1 }) }
                .filter { !$0.1.isEmpty }
            let shown = places.filter { $0 != nil || places.count == 1 }
            return shown.compactMap { place -> ProbePanel? in
                let cells = own.filter { $0.0["file_system"] == place || $0.0["file_system"] == nil }
                guard cells.contains(where: { $0.0["file_system"] == place }) else { return nil }
                return ProbePanel(probe: probe, fileSystem: place, cells: cells)
            }
        }
    }
}
