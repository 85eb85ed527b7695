import Algorithms
import LabBase

/// Limits a run to some cells of a scenario: `--filter mode=1,2 --filter file_system=xfs`.
///
/// For each key that it has, a cell must have one of the filter's values. `mode` and `reference` both name contenders, so
/// filters on both keep the cells of either. A cell without the key is kept: a reference has no file system.
package struct CellFilter: Equatable, Sendable {
    /// The filters as they were given.
    let texts: [String]
    private let valuesByKey: [String: Set<String>]

    /// A filter that keeps every cell.
    init() {
        texts = []
        valuesByKey = [:]
    }

    /// Parses filters and checks that `scenario` has what they name. Throws an `InputError` that lists the valid
    /// keys or values.
    package init(_ texts: [String], for scenario: Scenario) throws(InputError) {
        let cells = Plan.cells(of: scenario)
        var valuesByKey: [String: Set<String>] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty else {
                throw InputError(
                    "--filter", "\"\(text)\" is not a filter; give key=value or key=value,value, as in mode=1"
                )
            }
            let key = String(parts[0])
            let values = cells.compactMap { $0[key] }.uniqued(on: \.self)
            let normalized = { (value: String) in scenario.workload.parameter(key)?.normalized(value) ?? value
            }
            guard !values.isEmpty else {
                let known = Set(cells.flatMap(\.keys.keys))
                let keys =
                    Cell.leadingKeys.filter(known.contains) + known.subtracting(Cell.leadingKeys).sorted()
                throw InputError("--filter", Self.unknown("key", key, among: keys))
            }
            valuesByKey[key, default: []].formUnion(
                try Self.parse(parts[1], key: key, among: values, normalized))
        }
        self.texts = texts
        self.valuesByKey = valuesByKey
    }

    /// Whether the run makes trials of `cell`.
    package func keeps(_ cell: Cell) -> Bool {
        let contenders = ["mode", "reference"]
        let asked = contenders.filter { valuesByKey[$0] != nil }
        let isAsked =
            asked.isEmpty || asked.contains { key in cell[key].map(valuesByKey[key]!.contains) ?? false }
        return isAsked
            && valuesByKey.allSatisfy { key, values in
                contenders.contains(key) || (cell[key].map(values.contains) ?? true)
            }
    }

    /// Splits at commas, except that a list of sizes is one value, commas included.
    private static func parse(
        _ text: Substring, key: String, among values: [String], _ normalized: (String) -> String
    ) throws(InputError) -> [String] {
        if values.contains(String(text)) { return [String(text)] }
        let wanted = text.split(separator: ",", omittingEmptySubsequences: false)
            .map { normalized(String($0)) }
        if let wrong = wanted.first(where: { !values.contains($0) }) {
            throw InputError("--filter", unknown("value of \(key)", wrong, among: values))
        }
        return wanted
    }

    /// Lists everything that is valid even beside a guess: the list is short and specific to this scenario.
    private static func unknown(_ what: String, _ word: String, among names: [String]) -> String {
        let guess = Nearest.match(word, among: names).map { "did you mean \"\($0)\"? " } ?? ""
        return "unknown \(what) \"\(word)\"; \(guess)valid are \(names.joined(separator: ", "))"
    }
}
