import TextTable

/// Rows of text under titles, the first column to the left, numbers to the right of theirs.
package struct Grid {
    package let titles: [String]
    package let rows: [[String]]
    /// Whether the columns behind the first hold words, which stand to the left.
    package var isProse = false

    /// `rows` under `titles`.
    package init(titles: [String], rows: [[String]], isProse: Bool = false) {
        self.titles = titles
        self.rows = rows
        self.isProse = isProse
    }

    /// For a terminal.
    package var text: String { render(Style.simple) }

    /// For Markdown.
    package var markdown: String { render(Style.pipe) }

    private func render(_ style: TextTableStyle.Type) -> String {
        let table = TextTable<[String]> { row in
            zip(titles, row).enumerated().map { index, column in
                Column(
                    title: column.0, value: column.1, align: index == 0 || isProse ? .left : .right)
            }
        }
        let text = table.string(for: rows, style: style) ?? ""
        return text.split(separator: "\n").joined(separator: "\n")
    }
}
