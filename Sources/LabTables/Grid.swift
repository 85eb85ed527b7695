import TextTable

/// Rows of text under titles; the first column is aligned left, numbers are aligned right.
package struct Grid {
    package let titles: [String]
    package let rows: [[String]]
    /// Whether the columns after the first contain words, which are aligned left.
    package var isProse = false

    /// A grid of `rows` under `titles`.
    package init(titles: [String], rows: [[String]], isProse: Bool = false) {
        self.titles = titles
        self.rows = rows
        self.isProse = isProse
    }

    /// The grid as text for a terminal.
    package var text: String { render(Style.simple) }

    /// The grid as a Markdown table.
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
