import LabBase
import LabMetrics
import Measurement
import WorkloadSchema

/// Chooses the metrics that `forklab compare` judges.
enum JudgedMetrics {
    /// What users of a program feel: not the steps of a fork, which its stall already includes, nor anything that needs a
    /// quiet machine. With fewer comparisons smaller differences can be found.
    static let standard = Metric.all.filter { metric in
        switch metric {
        case .phase(let phase): phases.contains(phase)
        case .torn, .pageTables, .memoryCost, .fileSystemCost, .operationsPerSecond, .startUp, .usableShare:
            true
        case .laterPhase(let phase): phase == .forkStall
        case .latency(let window, let quantile): window == .during && [.p99, .max].contains(quantile)
        case .threadStall, .bytesWritten, .childMemory, .longestGap, .fold(.time): true
        default: false
        }
    }

    private static let phases: Set<Phase> = [
        .forkStall, .startAll, .childFirstInstruction, .parentFirstWrite, .childFirstWrite, .childFirstRead,
    ]

    /// The metrics of these names, or the standard ones if `names` is empty; `own` are those that the scenario's
    /// program reports.
    ///
    /// Throws `InputError` for an unknown name, or for a metric of which neither direction is better.
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
