/// One line of `expect:`, such as `mode=1.fork_stall < 0.1 * reference=jemalloc.fork_stall`.
///
/// A side is a number with an optional unit (ns, us, ms, s, K, M, G), or a metric of the cells that a
/// selector (`key=value,key=value`, then a dot) picks, either with a factor and `*` before it.
public struct Expectation: Sendable, Equatable {
    /// The text of the scenario.
    public let text: String
    let left: Side
    let comparison: Comparison
    let right: Side

    /// Why a text is no expectation.
    struct SyntaxError: Error, Equatable {
        let problem: String
    }

    /// One side of the comparison.
    enum Side: Sendable, Equatable {
        case number(Double)
        case metric(factor: Double, selector: [String: String], metric: Metric)
    }

    /// How the sides must compare.
    enum Comparison: String, CaseIterable, Sendable {
        case atMost = "<="
        case atLeast = ">="
        case less = "<"
        case greater = ">"

        func holds(_ left: Double, _ right: Double) -> Bool {
            switch self {
            case .atMost: left <= right
            case .atLeast: left >= right
            case .less: left < right
            case .greater: left > right
            }
        }
    }

    /// Parses one line of `expect:`. Throws `SyntaxError`.
    init(_ text: String) throws(SyntaxError) {
        guard let comparison = Comparison.allCases.first(where: { text.contains(" \($0.rawValue) ") }) else {
            throw SyntaxError(
                problem: "\"\(text)\" compares nothing; write <, <=, > or >= with blanks around it, "
                    + "as in \"mode=1.fork_stall < 10 ms\"")
        }
        let sides = text.split(separator: " \(comparison.rawValue) ", maxSplits: 1)
        guard sides.count == 2 else { throw SyntaxError(problem: "\"\(text)\" lacks a side") }
        self.text = text
        self.comparison = comparison
        left = try Side(String(sides[0]))
        right = try Side(String(sides[1]))
        if case (.number, .number) = (left, right) {
            throw SyntaxError(problem: "\"\(text)\" compares two numbers; name a metric on one side")
        }
    }

    /// What the metric that it names counts.
    private var unit: Metric.Unit {
        for case .metric(_, _, let metric) in [left, right] { return metric.unit }
        return .nanoseconds
    }

    /// Whether a side selects one of these "key=value" pairs.
    func names(anyOf pairs: Set<String>) -> Bool {
        selectors.contains { selector in selector.contains { pairs.contains("\($0.key)=\($0.value)") } }
    }

    /// The selectors of both sides.
    var selectors: [[String: String]] {
        [left, right].compactMap { side in
            if case .metric(_, let selector, _) = side { selector } else { nil }
        }
    }
}

extension Expectation.Side {
    private static let units: [String: Double] = [
        "": 1, "ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9, "K": 1024, "M": 1_048_576, "G": 1_073_741_824,
    ]

    /// Parses one side.
    fileprivate init(_ text: String) throws(Expectation.SyntaxError) {
        var factor = 1.0
        var rest = text.trimmingBlanks
        if let star = rest.firstIndex(of: "*") {
            guard let number = Double(String(rest[..<star]).trimmingBlanks) else {
                throw Expectation.SyntaxError(
                    problem: "\"\(rest[..<star])\" is not a factor; write a number before the *")
            }
            factor = number
            rest = String(rest[rest.index(after: star)...]).trimmingBlanks
        }
        if let first = rest.first, first.isNumber {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            let unit = String(rest.dropFirst(digits.count)).trimmingBlanks
            guard let number = Double(digits), let scale = Self.units[unit] else {
                throw Expectation.SyntaxError(
                    problem: "\"\(rest)\" is not a number with a unit; the units are ns, us, ms, s, K, M, G")
            }
            self = .number(factor * number * scale)
            return
        }
        let dot = rest.lastIndex(of: ".")
        let name = dot.map { String(rest[rest.index(after: $0)...]) } ?? rest
        guard let metric = Metric(name: name) else {
            throw Expectation.SyntaxError(
                problem: Nearest.unknown("metric", name, among: Metric.all.map(\.name)))
        }
        let selector = try Self.selector(dot.map { String(rest[..<$0]) } ?? "")
        self = .metric(factor: factor, selector: selector, metric: metric)
    }

    private static func selector(_ text: String) throws(Expectation.SyntaxError) -> [String: String] {
        var selector: [String: String] = [:]
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { String($0).trimmingBlanks }
            guard parts.count == 2 else {
                throw Expectation.SyntaxError(
                    problem: "\"\(pair)\" selects no cells; write key=value, as in mode=1")
            }
            selector[parts[0]] = parts[1]
        }
        return selector
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        let head = drop { $0 == " " }
        return String(head.prefix(head.count - head.reversed().prefix { $0 == " " }.count))
    }
}

/// What became of an expectation for one pair of cells.
public struct ExpectationResult: Codable, Sendable, Equatable {
    /// The expectation as the scenario has it.
    public let text: String
    /// The cell on its left side (or right, if the left is a number).
    public let cell: Cell
    /// The value of the left side; nil if it was not measured.
    public let left: Double?
    /// The value of the right side; nil if it was not measured.
    public let right: Double?
    /// What both count.
    public let unit: Metric.Unit
    /// Whether it holds; false too where a side was not measured.
    public let held: Bool
}

extension Expectation {
    /// Compares the medians of `cells`: each cell that the left side selects with each that the right side
    /// selects and that does not differ from it in any key that neither selector names.
    func evaluate(_ cells: [CellSummary]) -> [ExpectationResult] {
        pairs(cells).map { left, right in
            let leftValue = self.left.value(in: left)
            let rightValue = self.right.value(in: right)
            let held = leftValue.flatMap { value in rightValue.map { comparison.holds(value, $0) } } ?? false
            return ExpectationResult(
                text: text, cell: (left ?? right)?.cell ?? Cell([:]), left: leftValue, right: rightValue,
                unit: unit, held: held)
        }
    }

    private func pairs(_ cells: [CellSummary]) -> [(CellSummary?, CellSummary?)] {
        let lefts = self.left.select(from: cells)
        let rights = self.right.select(from: cells)
        var pairs: [(CellSummary?, CellSummary?)] = []
        switch (self.left, self.right) {
        case (.metric(_, let leftSelector, _), .metric(_, let rightSelector, _)):
            let free = Set(leftSelector.keys).union(rightSelector.keys).union(["mode", "reference"])
            for left in lefts {
                for right in rights where left.cell.agrees(with: right.cell, except: free) {
                    pairs.append((left, right))
                }
            }
        case (.metric, .number): pairs = lefts.map { ($0, nil) }
        case (.number, _): pairs = rights.map { (nil, $0) }
        }
        // Nothing to compare is not the same as held.
        return pairs.isEmpty ? [(nil, nil)] : pairs
    }
}

extension Expectation.Side {
    fileprivate func select(from cells: [CellSummary]) -> [CellSummary] {
        guard case .metric(_, let selector, _) = self else { return [] }
        return cells.filter { $0.cell.matches(selector) }
    }

    fileprivate func value(in cell: CellSummary?) -> Double? {
        switch self {
        case .number(let number): number
        case .metric(let factor, _, let metric): cell?.metrics[metric.name].map { factor * $0.median }
        }
    }
}
