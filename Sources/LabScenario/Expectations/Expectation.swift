import LabMetrics

/// One line of `expect:`.
///
/// Numbers: `mode=1.fork_stall < 0.1 * reference=jemalloc.fork_stall`. A side is a number with an optional unit, or a
/// metric of the cells that a selector (`key=value,key=value`, then a dot) picks; either may have a factor and `*` before it.
/// Words: `mode=2,file_system=xfs.action = reflink`, `mode=1.action = remap|none`.
package struct Expectation: Sendable, Equatable {
    /// The expectation as written in the scenario.
    package let text: String
    package let claim: Claim

    /// Why a text is not an expectation.
    package struct SyntaxError: Error, Equatable {
        package let problem: String
    }

    /// What must hold.
    package enum Claim: Sendable, Equatable {
        /// The comparison must hold between the medians of both sides.
        case numbers(Side, Comparator, Side)
        /// In the cells that the selector picks, the property must always have one of these values (or never, if negated).
        case words(selector: [String: String], CellProperty, isNegated: Bool, values: [String])
    }

    /// One side of a comparison of numbers.
    package enum Side: Sendable, Equatable {
        case number(Double)
        case metric(factor: Double, selector: [String: String], metric: Metric)

        /// The metric that it names; nil for a number.
        package var metric: Metric? {
            if case .metric(_, _, let metric) = self { metric } else { nil }
        }
    }

    /// A comparison of numbers.
    package enum Comparator: String, CaseIterable, Sendable {
        case atMost = "<="
        case atLeast = ">="
        case less = "<"
        case greater = ">"

        package func holds(_ left: Double, _ right: Double) -> Bool {
            switch self {
            case .atMost: left <= right
            case .atLeast: left >= right
            case .less: left < right
            case .greater: left > right
            }
        }
    }

    /// "a.x = yes" and "a.y = yes" for "a.{x, y} = yes"; any other text unchanged.
    static func expanded(_ text: String) -> [String] {
        guard let open = text.firstIndex(of: "{"), let close = text.lastIndex(of: "}"), open < close else {
            return [text]
        }
        return text[text.index(after: open)..<close].split(separator: ",").map { part in
            text[..<open] + part.filter { $0 != " " } + text[text.index(after: close)...]
        }
    }

    /// Parses one line of `expect:`. Throws `SyntaxError`.
    init(_ text: String, ownMetrics: [Metric] = []) throws(SyntaxError) {
        self.text = text
        claim = try ExpectationParser(ownMetrics: ownMetrics).claim(text)
    }

    /// Whether a side selects by one of these "key=value" pairs.
    func names(anyOf pairs: Set<String>) -> Bool {
        selectors.contains { selector in selector.contains { pairs.contains("\($0.key)=\($0.value)") } }
    }

    /// The selectors of both sides.
    package var selectors: [[String: String]] {
        switch claim {
        case .words(let selector, _, _, _): [selector]
        case .numbers(let left, _, let right):
            [left, right].compactMap { side in
                if case .metric(_, let selector, _) = side { selector } else { nil }
            }
        }
    }
}
