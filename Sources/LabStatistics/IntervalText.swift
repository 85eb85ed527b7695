import LabBase

extension Quantity {
    /// A value and an interval around it in one unit: "80.7 ms [78.2 .. 83.1]".
    package static func text(_ value: Double, _ interval: Interval?, _ unit: Unit) -> String {
        let own = text(value, unit)
        guard let interval, unit != .share else { return own }
        let ends = [interval.low, interval.high].map { end in
            // The size of the value's unit: the same amount with and without it.
            let word = own.drop { $0 != " " }
            var factor = 1.0
            let step = unit == .bytes ? 1024.0 : 1000.0
            while !text(factor, unit).hasSuffix(word), factor < 1e18 { factor *= step }
            return factor == 1 ? fixed(end, digits: 0) : ratio(end / factor)
        }
        return "\(own) [\(ends[0]) .. \(ends[1])]"
    }

    /// Both ends of an interval: "210 us .. 250 us".
    package static func text(_ interval: Interval, _ unit: Unit) -> String {
        "\(text(interval.low, unit)) .. \(text(interval.high, unit))"
    }
}
