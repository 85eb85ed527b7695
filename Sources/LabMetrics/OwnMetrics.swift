import LabBase
import WorkloadSchema

extension Metric {
    /// The numbers that the programs of `reports` told, each once, in the order in which they were told.
    package static func own(in reports: [WorkloadReport]) -> [Metric] {
        reports.flatMap { $0.program?.numbers ?? [] }.compactMap { number in
            Quantity.Unit(rawValue: number.unit).map { unit in
                number.fork > 1 ? .laterOwn(number.name, unit) : .own(number.name, unit)
            }
        }.withoutDoubles
    }

    /// What begins the name of a metric over all later forks, and no name in a scenario.
    package static let laterPrefix = "later_"

    /// The metric that a program's number has by that name: `NAME` or `later_NAME`.
    package init(ownName name: String, unit: Quantity.Unit) {
        self =
            name.hasPrefix(Self.laterPrefix)
            ? .laterOwn(String(name.dropFirst(Self.laterPrefix.count)), unit) : .own(name, unit)
    }
}
