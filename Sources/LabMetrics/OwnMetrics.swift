import Algorithms
import LabBase
import WorkloadSchema

extension Metric {
    /// The numbers that the programs of `reports` reported, each once, in the order of their first appearance.
    package static func own(in reports: [WorkloadReport]) -> [Metric] {
        reports.flatMap { $0.program?.numbers ?? [] }.compactMap { number in
            Quantity.Unit(rawValue: number.unit).map { unit in
                number.fork > 1 ? .laterOwn(number.name, unit) : .own(number.name, unit)
            }
        }.uniqued(on: \.self)
    }

    /// The prefix of metrics over all later forks, which no name in a scenario may have.
    package static let laterPrefix = "later_"

    /// The metric of a program's number: `name` is `NAME` or `later_NAME`.
    package init(ownName name: String, unit: Quantity.Unit) {
        self =
            name.hasPrefix(Self.laterPrefix)
            ? .laterOwn(String(name.dropFirst(Self.laterPrefix.count)), unit) : .own(name, unit)
    }
}
