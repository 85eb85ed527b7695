import LabBase
import LabMetrics
import WorkloadSchema

/// Reads the lines of `expect:`.
package struct ExpectationParser {
    /// The scenario's own metrics, in addition to those that every scenario has.
    let ownMetrics: [Metric]

    /// A number as it is written, and its kind of unit; nil if it has none.
    private typealias Number = (value: Double, unit: Quantity.Unit?)

    private static let units: [(name: String, scale: Double, counts: Quantity.Unit)] = [
        ("ns", 1, .nanoseconds), ("us", 1e3, .nanoseconds), ("ms", 1e6, .nanoseconds),
        ("s", 1e9, .nanoseconds),
        ("%", 0.01, .share), ("K", 1024, .bytes), ("M", 1_048_576, .bytes), ("G", 1_073_741_824, .bytes),
    ]

    /// The claim that `text` makes. Throws `Expectation.SyntaxError`.
    func claim(_ text: String) throws(Expectation.SyntaxError) -> Expectation.Claim {
        if text.contains(" == ") { throw problem("\"\(text)\": write = for ==") }
        for comparator in Expectation.Comparator.allCases {
            if let (left, right) = try sides(text, comparator.rawValue) {
                return try numbers(text, left, comparator, right)
            }
        }
        for (sign, isNegated) in [("!=", true), ("=", false)] {
            if let (left, right) = try sides(text, sign) {
                return try words(left, isNegated: isNegated, right)
            }
        }
        throw problem(
            "\"\(text)\" compares nothing; write <, <=, >, >=, = or != with blanks around it, "
                + "as in \"mode=1.fork_stall < 10 ms\" or \"mode=2.action = reflink\"")
    }

    private func sides(
        _ text: String, _ sign: String
    ) throws(Expectation.SyntaxError) -> (left: String, right: String)? {
        guard text.contains(" \(sign) ") else { return nil }
        let sides = text.split(separator: " \(sign) ", maxSplits: 1).map { String($0).trimmingBlanks }
        guard sides.count == 2, sides.allSatisfy({ !$0.isEmpty }) else {
            throw problem("\"\(text)\" lacks a side")
        }
        return (sides[0], sides[1])
    }

    // MARK: Words

    private func words(
        _ left: String, isNegated: Bool, _ right: String
    ) throws(Expectation.SyntaxError) -> Expectation.Claim {
        let (selector, name) = try Self.selection(left)
        guard let property = CellProperty(name: name) else {
            if metric(name) != nil {
                throw problem("\(name) is a number; compare it with <, <=, > or >=")
            }
            throw problem(Nearest.unknown("property", name, among: CellProperty.all.map(\.name)))
        }
        let values = right.split(separator: "|").map { String($0).trimmingBlanks }
        for value in values where !property.possibleValues.contains(value) {
            throw problem(Nearest.unknown(name, value, among: property.possibleValues))
        }
        return .words(selector: selector, property, isNegated: isNegated, values: values)
    }

    // MARK: Numbers

    private func numbers(
        _ text: String, _ left: String, _ comparator: Expectation.Comparator, _ right: String
    ) throws(Expectation.SyntaxError) -> Expectation.Claim {
        let (first, firstUnit) = try side(left)
        let (second, secondUnit) = try side(right)
        guard let metric = first.metric ?? second.metric else {
            throw problem("\"\(text)\" compares two numbers; name a metric on one side")
        }
        for unit in [firstUnit, secondUnit].compactMap({ $0 }) where unit != metric.unit {
            throw problem("\"\(text)\": \(metric.name) counts \(metric.unit.noun), not \(unit.noun)")
        }
        return .numbers(first, comparator, second)
    }

    private func side(
        _ text: String
    ) throws(Expectation.SyntaxError) -> (side: Expectation.Side, unit: Quantity.Unit?) {
        var factor = 1.0
        var rest = text
        if let star = rest.firstIndex(of: "*") {
            guard let number = Double(String(rest[..<star]).trimmingBlanks) else {
                throw problem("\"\(rest[..<star])\" is not a factor; write a number before the *")
            }
            factor = number
            rest = String(rest[rest.index(after: star)...]).trimmingBlanks
        }
        if let first = rest.first, first.isNumber || first == "-" {
            let number = try number(rest)
            return (.number(factor * number.value), number.unit)
        }
        let (selector, name) = try Self.selection(rest)
        guard let metric = metric(name) else {
            if CellProperty(name: name) != nil {
                throw problem("\(name) is not a number; compare it with = or !=")
            }
            throw problem(Nearest.unknown("metric", name, among: (Metric.all + ownMetrics).map(\.name)))
        }
        return (.metric(factor: factor, selector: selector, metric: metric), metric.unit)
    }

    private func metric(_ name: String) -> Metric? {
        Metric(name: name) ?? ownMetrics.first { $0.name == name }
    }

    private func number(_ text: String) throws(Expectation.SyntaxError) -> Number {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let name = String(text.dropFirst(digits.count)).trimmingBlanks
        let unit = Self.units.first { $0.name == name }
        guard let number = Double(digits), unit != nil || name.isEmpty else {
            throw problem(
                "\"\(text)\" is not a number, 0 or more, with a unit; the units are "
                    + Self.units.map(\.name).joined(separator: ", "))
        }
        return (number * (unit?.scale ?? 1), unit?.counts)
    }

    // MARK: Selections

    /// Splits "mode=1,threads=2.fork_stall" into the selector and the name. Throws `Expectation.SyntaxError`.
    package static func selection(
        _ text: String
    ) throws(Expectation.SyntaxError) -> (selector: [String: String], name: String) {
        let dot = text.lastIndex(of: ".")
        let name = dot.map { String(text[text.index(after: $0)...]) } ?? text
        var selector: [String: String] = [:]
        for pair in (dot.map { text[..<$0] } ?? "").split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { String($0).trimmingBlanks }
            guard parts.count == 2 else {
                throw Expectation.SyntaxError(
                    problem: "\"\(pair)\" selects no cells; write key=value, as in mode=1")
            }
            // In the form that cells use.
            let isSize = parts[0] == WorkloadParameter.poolSize.name
            selector[parts[0]] =
                isSize
                ? Cell.alternatives(parts[1]).map(WorkloadParameter.poolSize.normalized).joined(
                    separator: "|")
                : parts[1]
        }
        return (selector, name)
    }

    private func problem(_ text: String) -> Expectation.SyntaxError {
        Expectation.SyntaxError(problem: text)
    }
}

extension Quantity.Unit {
    /// What the unit counts, in words.
    fileprivate var noun: String {
        switch self {
        case .nanoseconds: "time"
        case .bytes: "bytes"
        case .perSecond: "operations per second"
        case .perThousand: "cases out of a thousand"
        case .share: "a share"
        case .count: "things"
        }
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        let head = drop { $0 == " " }
        return String(head.prefix(head.count - head.reversed().prefix { $0 == " " }.count))
    }
}
