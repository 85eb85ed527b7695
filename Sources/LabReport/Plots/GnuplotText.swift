/// Builds texts that gnuplot reads.
enum GnuplotText {
    /// A string constant. In single quotes nothing is special, backquotes and backslashes included.
    static func quoted(_ text: String) -> String {
        "'" + plain(text).replacing("'", with: "''") + "'"
    }

    /// A text column of a data file.
    static func column(_ text: String) -> String { "\"" + plain(text).replacing("\"", with: "'") + "\"" }

    /// A block of a data file: a line of comment, then the rows, columns separated by tabs.
    static func block(_ title: String, _ columns: [String], _ rows: [[String]]) -> String {
        (["# \(plain(title))", "# " + columns.joined(separator: "\t")]
            + rows.map { $0.joined(separator: "\t") }).joined(separator: "\n") + "\n"
    }

    /// Blocks as one file: gnuplot's "index" counts them.
    static func file(_ blocks: [String]) -> String { blocks.joined(separator: "\n\n") }

    /// One curve each, as the arguments of "plot".
    static func plot(_ curves: [String]) -> String {
        curves.isEmpty ? "" : "plot " + curves.joined(separator: ", \\\n     ")
    }

    /// A number without superfluous digits.
    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    /// The text without line ends and control characters, which would end a command or a row.
    private static func plain(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : Character($0) })
    }
}
