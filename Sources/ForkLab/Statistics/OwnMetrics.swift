import Measurement

extension Metric {
    /// The numbers that the programs of `reports` told, each once, in the order in which they were told.
    static func own(in reports: [WorkloadReport]) -> [Metric] {
        reports.flatMap { $0.program?.numbers ?? [] }.compactMap { number in
            Unit(rawValue: number.unit).map { unit in
                number.fork > 1 ? .laterOwn(number.name, unit) : .own(number.name, unit)
            }
        }.withoutDoubles
    }

    /// What begins the name of a metric over all later forks, and no name in a scenario.
    static let laterPrefix = "later_"

    /// The metric that a program's number has by that name: `NAME` or `later_NAME`.
    init(ownName name: String, unit: Unit) {
        self =
            name.hasPrefix(Self.laterPrefix)
            ? .laterOwn(String(name.dropFirst(Self.laterPrefix.count)), unit) : .own(name, unit)
    }
}

extension OwnUnit {
    /// The unit of metrics that values are converted to.
    var base: Metric.Unit {
        switch self {
        case .nanoseconds, .microseconds, .milliseconds, .seconds: .nanoseconds
        case .bytes, .kibibytes, .mebibytes: .bytes
        case .perSecond: .perSecond
        case .count: .count
        }
    }

    /// What one of it is in that unit.
    var factor: Double {
        switch self {
        case .nanoseconds, .bytes, .perSecond, .count: 1
        case .microseconds: 1e3
        case .milliseconds: 1e6
        case .seconds: 1e9
        case .kibibytes: 1024
        case .mebibytes: 1_048_576
        }
    }
}
