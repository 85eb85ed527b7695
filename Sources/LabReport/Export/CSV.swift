import LabScenario

/// Rows of comma-separated values (RFC 4180).
enum CSV {
    /// The text of a file with these rows.
    static func text(_ rows: [[String]]) -> String {
        rows.map { $0.map(field).joined(separator: ",") + "\n" }.joined()
    }

    private static func field(_ text: String) -> String {
        let isPlain = !text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
        return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// The keys that occur in `cells`, in the order in which they are shown.
    static func keys(of cells: [Cell]) -> [String] {
        let all = Set(cells.flatMap(\.keys.keys))
        return Cell(Dictionary(uniqueKeysWithValues: all.map { ($0, "") })).orderedKeys
    }
}
