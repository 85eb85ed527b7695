import LabBase
import LabMetrics
import Measurement
import WorkloadSchema

/// Which metrics `forklab compare` judges.
enum JudgedMetrics {
    /// What users of a program feel: not the steps of a fork, which its stall holds already, nor what only a quiet
    /// machine can tell. Fewer comparisons find smaller differences.
    static let standard = Metric.all.filter { metric in
        switch metric {
        case .phase(let phase): phases.contains(phase)
        case .torn, .pageTables, .memoryCost, .fileSystemCost, .operationsPerSecond, .startUp, .usableShare:
            true
        case .laterPhase(let phase): phase == .forkStall
        case .latency(let window, let quantile): window == .during && [.p99, .max].contains(quantile)
        case .threadStall, .bytesWritten, .childMemory, .longestGap: true
        default: false
        }
    }

    private static let phases: Set<Phase> = [
        .forkStall, .startAll, .childFirstInstruction, .parentFirstWrite, .childFirstWrite, .childFirstRead,
    ]

    /// The metrics of these names, or the standard ones if there are none; `own` are those that the scenario's
    /// program tells.
    ///
    /// Throws `InputError` for a name that is none, or for a metric of which neither way is better.
    static func named(_ names: [String], own: [Metric]) throws(InputError) -> [Metric] {
        let known = Metric.all + own
        guard !names.isEmpty else { return standard + own.filter { $0.lowerIsBetter != nil } }
        return try names.map { name throws(InputError) in
            guard let metric = known.first(where: { $0.name == name }) else {
                throw InputError(
                    "--metric", Nearest.unknown("metric", name, among: known.map(\.name)))
            }
            guard metric.lowerIsBetter != nil else {
                throw InputError("--metric", "\(name) cannot get better or worse; name another metric")
            }
            return metric
        }
    }
}
