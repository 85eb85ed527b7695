import LabBase
import LabMetrics
import LabScenario
import LabStatistics

/// What became of an expectation for one cell, or one pair of cells.
package struct ExpectationResult: Codable, Sendable, Equatable {
    /// How sure the comparison of the medians is.
    enum Certainty: String, Codable, Sendable {
        /// It has the same outcome at both ends of the 95 % interval; or no number is compared.
        case clear
        /// The 95 % interval includes the other outcome.
        case straddling
        /// There are too few trials for an interval.
        case tooFewTrials = "too_few_trials"
    }

    /// The expectation as the scenario words it.
    package let text: String
    /// The cell on its left side (or right, if the left is a number).
    let cell: Cell
    /// Whether it holds, by the medians; also false if a side was not measured.
    package let held: Bool
    /// How sure that is.
    let certainty: Certainty
    /// The value of the left side; nil if it was not measured, or is not a number.
    let left: Double?
    /// The value of the right side; nil likewise.
    let right: Double?
    /// The unit of both sides; nil for words.
    let unit: Quantity.Unit?
    /// The values of the property in the trials; nil for numbers.
    package let seen: [String]?

    /// "held: mode=1.fork_stall < 10 ms (mode=1: 510 us against 10.0 ms)".
    package func description(label: (Cell) -> String) -> String {
        let found =
            if let seen {
                seen.isEmpty ? "not looked at" : seen.joined(separator: ", ")
            } else {
                [left, right].map { value in
                    value.map { Quantity.text($0, unit ?? .nanoseconds) } ?? "not measured"
                }.joined(separator: " against ")
            }
        let doubt =
            switch certainty {
            case .clear: ""
            case .straddling: "; uncertain: the 95 % interval reaches to the other side"
            case .tooFewTrials: "; uncertain: fewer than \(Contrast.leastTrials) trials"
            }
        let name = cell.keys.isEmpty ? "no such cell" : label(cell)
        return "\(held ? "held" : "MISSED"): \(text) (\(name): \(found)\(doubt))"
    }
}

extension Expectation {
    /// Judges `cells`. Numbers: each cell that the left side selects, against each that the right side selects and that
    /// agrees with it in every key that neither selector names. Words: each selected cell.
    func evaluate(_ cells: [CellSummary]) -> [ExpectationResult] {
        switch claim {
        case .numbers(let left, let comparator, let right):
            let unit = left.metric?.unit ?? right.metric?.unit
            return Self.pairs(left, right, cells).map { leftCell, rightCell in
                compare((left, leftCell), comparator, (right, rightCell), unit: unit)
            }
        case .words(let selector, let property, let isNegated, let values):
            let selected: [CellSummary?] = cells.filter { $0.cell.matches(selector) }
            return (selected.isEmpty ? [nil] : selected).map { cell in
                let seen = cell.map(property.values(in:)) ?? []
                return ExpectationResult(
                    text: text, cell: cell?.cell ?? Cell([:]),
                    held: !seen.isEmpty && seen.allSatisfy { values.contains($0) != isNegated },
                    certainty: .clear, left: nil, right: nil, unit: nil,
                    seen: cell.map(property.descriptions(in:)) ?? [])
            }
        }
    }

    private func compare(
        _ left: (side: Side, cell: CellSummary?), _ comparator: Comparator,
        _ right: (side: Side, cell: CellSummary?), unit: Quantity.Unit?
    ) -> ExpectationResult {
        let values = [left, right].map { $0.side.values(in: $0.cell) }
        let medians = values.map { $0.flatMap { Quantile.median(of: $0) } }
        var held = false
        var certainty = ExpectationResult.Certainty.clear
        if let first = medians[0], let second = medians[1] {
            held = comparator.holds(first, second)
            certainty = Self.certainty(of: held, comparator, values[0]!, values[1]!, [left.side, right.side])
        }
        return ExpectationResult(
            text: text, cell: (left.cell ?? right.cell)?.cell ?? Cell([:]), held: held, certainty: certainty,
            left: medians[0], right: medians[1], unit: unit, seen: nil)
    }

    private static func certainty(
        of held: Bool, _ comparator: Comparator, _ left: [Double], _ right: [Double], _ sides: [Side]
    ) -> ExpectationResult.Certainty {
        let isShort = zip(sides, [left, right]).contains { side, values in
            side.metric != nil && values.count < Contrast.leastTrials
        }
        if isShort { return .tooFewTrials }
        let difference = Bootstrap.standard.interval(of: { $0 - $1 }, left, right)
        let isClear = [difference.low, difference.high].allSatisfy { comparator.holds($0, 0) == held }
        return isClear ? .clear : .straddling
    }

    private static func pairs(
        _ left: Side, _ right: Side, _ cells: [CellSummary]
    ) -> [(CellSummary?, CellSummary?)] {
        let lefts = left.select(from: cells)
        let rights = right.select(from: cells)
        var pairs: [(CellSummary?, CellSummary?)] = []
        switch (left, right) {
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

    /// The values of all trials, times the factor; a single value for a number, nil if nothing was measured.
    fileprivate func values(in cell: CellSummary?) -> [Double]? {
        switch self {
        case .number(let number): [number]
        case .metric(let factor, _, let metric): cell?.metrics[metric.name]?.values.map { factor * $0 }
        }
    }
}
