import LabMetrics
import WorkloadSchema

/// The workload or program that a scenario runs.
package enum Workload: Sendable {
    /// A workload of forklab-workload.
    case builtIn(WorkloadKind)
    /// The user's own program.
    case program(ProgramDefinition)

    /// Its name in reports: "heap", "redis-server".
    package var name: String {
        switch self {
        case .builtIn(let kind): kind.rawValue
        case .program(let program): program.name
        }
    }

    /// Its parameters, in the order in which they are shown.
    package var parameters: [WorkloadParameter] {
        switch self {
        case .builtIn(let kind): kind.parameters
        case .program(let program): [.poolSize] + program.parameters.map(WorkloadParameter.init(_:))
        }
    }

    /// Metrics that only this workload has.
    package var ownMetrics: [Metric] {
        guard case .program(let program) = self else { return [] }
        return program.metrics.flatMap { metric -> [Metric] in
            [.own(metric.name, metric.unit.base), .laterOwn(metric.name, metric.unit.base)]
        }
    }

    /// The parameter called `name`; nil if there is none.
    package func parameter(_ name: String) -> WorkloadParameter? {
        parameters.first { $0.name == name }
    }
}

extension WorkloadParameter {
    /// A parameter that the scenario itself declares.
    fileprivate init(_ own: ProgramDefinition.Parameter) {
        self.init(own.name, .text, own.defaultValue)
    }
}
