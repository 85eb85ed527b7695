/// The data of the report's template, field by field, with the names that report.mustache uses.
struct ReportPage {
    /// A heading that the table of contents links to.
    struct Section {
        let id: String
        let title: String
    }

    /// A line with a link.
    struct Link {
        let text: String
        let href: String
    }

    /// An entry of a table; `href` links to the cell that it comes from.
    struct Entry {
        let text: String
        let href: String?
        /// A second, smaller line.
        let spread: String?
        /// Whether it is highlighted.
        let isMarked: Bool

        init(_ text: String, href: String? = nil, spread: String? = nil, isMarked: Bool = false) {
            self.text = text
            self.href = href
            self.spread = spread
            self.isMarked = isMarked
        }
    }

    /// A line of a table.
    struct Row {
        let head: [Entry]
        let entries: [Entry]
    }

    /// A table of medians, or of words (`isProse`).
    struct Table {
        let caption: String
        let isProse: Bool
        let head: [Entry]
        let rows: [Row]
    }

    /// A plot; `svg` is nil if it could not be drawn.
    struct Figure {
        let name: String
        let title: String
        let svg: String?
        let caption: String
        let description: String
        let data: String
    }

    /// A line about a metric of a cell.
    struct MetricRow {
        let id: String
        /// The identifier of its explanation.
        let about: String
        let name: String
        let numbers: [String]
    }

    /// A line about a trial.
    struct TrialRow {
        let name: String
        let values: [String]
    }

    /// One cell.
    struct CellSection {
        let id: String
        let title: String
        let status: String
        let findings: [String]
        let hasFindings: Bool
        let metrics: [MetricRow]
        let hasMetrics: Bool
        let trialCount: Int
        let trialHead: [String]
        let trials: [TrialRow]
        let raw: [String]
        let hasRaw: Bool
    }

    /// A name and its value.
    struct Term {
        let name: String
        let text: String
    }

    /// The explanation of a metric.
    struct Meaning {
        let id: String
        let name: String
        let text: String
    }

    /// The environment of a run.
    struct Environment {
        let title: String
        let terms: [Term]
    }

    let style: String
    let title: String
    let question: String
    let sections: [Section]
    let passed: Bool
    let conclusion: String
    let readings: [String]
    let hasReadings: Bool
    let expectations: [String]
    let hasExpectations: Bool
    let folded: [String]
    let foldedCount: Int
    let hasFolded: Bool
    let broken: [Link]
    let hasBroken: Bool
    let excused: [Link]
    let hasExcused: Bool
    let outliers: [String]
    let hasOutliers: Bool
    let legend: String?
    let skipped: [String]
    let hasSkipped: Bool
    let tables: [Table]
    let figures: [Figure]
    let hasFigures: Bool
    let plotNotice: String?
    let cells: [CellSection]
    let glossary: [Meaning]
    let environments: [Environment]
    let scenario: String
}
