/// Numbers with units and three significant digits, as tables and sentences show them.
package enum Quantity {
    /// What a number counts.
    package enum Unit: String, Codable, Sendable {
        /// Nanoseconds.
        case nanoseconds
        /// Bytes.
        case bytes
        /// A number of things, without a unit.
        case count
        /// Operations per second.
        case perSecond = "per_second"
        /// How many out of a thousand.
        case perThousand = "per_thousand"
        /// A fraction, from 0 to 1.
        case share
    }

    /// "210 us", "3.52 ms", "1.20 s" from nanoseconds.
    package static func nanoseconds(_ value: Double) -> String {
        scaled(value, step: 1000, units: ["ns", "us", "ms", "s"])
    }

    /// "12.5 MiB" from bytes; may be negative.
    package static func bytes(_ value: Double) -> String {
        scaled(value, step: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB"])
    }

    /// "57.5 M/s" from a rate per second.
    static func perSecond(_ value: Double) -> String {
        scaled(value, step: 1000, units: ["/s", "k/s", "M/s", "G/s"])
    }

    /// "12.5 of 1000" from a number out of a thousand.
    package static func perThousand(_ value: Double) -> String {
        fixed(value, digits: value == value.rounded() ? 0 : 1) + " of 1000"
    }

    /// The value of a metric with its unit.
    package static func text(_ value: Double, _ unit: Unit) -> String {
        switch unit {
        case .nanoseconds: nanoseconds(value)
        case .bytes: bytes(value)
        case .perSecond: perSecond(value)
        case .perThousand: perThousand(value)
        case .count: fixed(value, digits: value == value.rounded() ? 0 : 1)
        case .share: ratio(value * 100) + " %"
        }
    }

    /// "1.31", "12.5", "0.0042": two or three significant digits.
    package static func ratio(_ value: Double) -> String {
        var digits = 2
        var magnitude = abs(value)
        while magnitude >= 9.995, digits > 0 { (magnitude, digits) = (magnitude / 10, digits - 1) }
        while magnitude > 0, magnitude < 0.1, digits < 8 {
            (magnitude, digits) = (magnitude * 10, digits + 1)
        }
        return fixed(value, digits: digits)
    }

    /// "5 %", "2.5 %" from a share.
    package static func percent(_ share: Double) -> String {
        let percent = share * 100
        return fixed(percent, digits: abs(percent - percent.rounded()) < 1e-9 ? 0 : 1) + " %"
    }

    /// "0.031", "< 0.001" from a probability.
    package static func probability(_ value: Double) -> String {
        value < 0.001 ? "< 0.001" : fixed(value, digits: value < 0.1 ? 3 : 2)
    }

    private static func scaled(_ value: Double, step: Double, units: [String]) -> String {
        var magnitude = abs(value)
        var unit = 0
        // 999.5 of a unit would otherwise be printed as 1000.
        while magnitude >= (step == 1000 ? 999.5 : step), unit + 1 < units.count {
            magnitude /= step
            unit += 1
        }
        let digits = unit == 0 || magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2
        let sign = value < 0 && magnitude > 0 ? "-" : ""
        return sign + fixed(magnitude, digits: digits) + " " + units[unit]
    }

    /// A number with that many digits after the point.
    package static func fixed(_ value: Double, digits: Int) -> String {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        let rounded = Int((value * scale).rounded())
        guard digits > 0 else { return "\(rounded)" }
        let fraction = "\(rounded % Int(scale))"
        return "\(rounded / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
