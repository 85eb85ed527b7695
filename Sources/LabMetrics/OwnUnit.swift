import LabBase

/// The units of numbers that programs report.
package enum OwnUnit: String, Codable, CaseIterable, Sendable {
    case nanoseconds = "ns"
    case microseconds = "us"
    case milliseconds = "ms"
    case seconds = "s"
    case bytes = "B"
    case kibibytes = "KiB"
    case mebibytes = "MiB"
    case perSecond = "per_second"
    case count

    /// The metrics' unit to which values are converted.
    package var base: Quantity.Unit {
        switch self {
        case .nanoseconds, .microseconds, .milliseconds, .seconds: .nanoseconds
        case .bytes, .kibibytes, .mebibytes: .bytes
        case .perSecond: .perSecond
        case .count: .count
        }
    }

    /// How many of that unit one of this unit is.
    package var factor: Double {
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
