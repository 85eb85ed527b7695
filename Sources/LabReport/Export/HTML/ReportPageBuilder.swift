import Algorithms
import LabAnalysis
import LabBase
import LabMetrics
import LabRun
import LabScenario
import LabStatistics
import WorkloadSchema

/// Turns results into the fields of the report.
struct ReportPageBuilder {
    /// If the raw records together are longer than this, they stay in samples.jsonl.
    private static let mostRawBytes = 2_000_000
    /// If more expectations held, they are folded, so that those that did not are not lost among them.
    private static let mostOpenExpectations = 12

    private let results: ResultSet
    private let labels: CellLabels
    private let document: SummaryDocument
    private let showsRaw: Bool
    private let rawRecords: [Int: String]
    /// The 95 % intervals of the medians, by the identifier of the metric's row. A bootstrap is slow, so each is computed once.
    private let intervals: [String: Interval]

    init(_ results: ResultSet) {
        self.results = results
        labels = CellLabels(results.summary.cells.map(\.cell))
        document = SummaryDocument(results.summary)
        let records = results.samples.compactMap { sample in
            (try? JSONLine.encode(sample)).map { (sample.sequence, $0) }
        }
        showsRaw = records.reduce(0) { $0 + $1.1.utf8.count } <= Self.mostRawBytes
        rawRecords = Dictionary(records) { first, _ in first }
        var intervals: [String: Interval] = [:]
        for (index, summary) in results.summary.cells.enumerated() {
            for (name, values) in summary.metrics {
                intervals[PageIdentifier.metric(name, cell: index)] = values.medianInterval
            }
        }
        self.intervals = intervals
    }

    /// The page with these figures; `plotNotice` says why some are missing.
    func page(style: String, figures: [ReportPage.Figure], plotNotice: String?) -> ReportPage {
        let summary = results.summary
        let hasFigures = !figures.isEmpty
        let broken = findings { $0 == .broken }
        let excused = findings { $0 == .brokenAsExpected }
        let lines = document.expectationLines
        let isFolding = lines.count(where: \.held) > Self.mostOpenExpectations
        let folded = lines.filter { isFolding && $0.held }.map(\.text)
        let open = lines.filter { !isFolding || !$0.held }.map(\.text)
        return ReportPage(
            style: style, title: summary.title, question: summary.question,
            sections: sections(hasFigures: hasFigures), passed: summary.passed && !summary.incomplete,
            conclusion: document.conclusion, readings: document.readings,
            hasReadings: !document.readings.isEmpty, expectations: open,
            hasExpectations: !open.isEmpty, folded: folded, foldedCount: folded.count,
            hasFolded: !folded.isEmpty, broken: broken, hasBroken: !broken.isEmpty,
            excused: excused, hasExcused: !excused.isEmpty, outliers: document.outliers,
            hasOutliers: !document.outliers.isEmpty, legend: document.legend,
            skipped: summary.skipped.map(\.description),
            hasSkipped: !summary.skipped.isEmpty, tables: tables, figures: figures, hasFigures: hasFigures,
            plotNotice: plotNotice, cells: summary.cells.map(cell), glossary: glossary,
            environments: environments, scenario: results.contents.scenario.source)
    }

    private func sections(hasFigures: Bool) -> [ReportPage.Section] {
        [("verdict", "Verdict"), ("medians", "Medians")].map(ReportPage.Section.init)
            + (hasFigures ? [ReportPage.Section(id: "plots", title: "Plots")] : [])
            + [
                ("cells", "Cells"), ("metrics", "What the metrics mean"), ("environment", "Environment"),
                ("scenario", "Scenario"),
            ].map(ReportPage.Section.init)
    }

    private func findings(_ isMeant: (CellVerdict) -> Bool) -> [ReportPage.Link] {
        results.summary.cells.filter { isMeant($0.correctness.status) }.flatMap { cell in
            cell.correctness.findings.map {
                ReportPage.Link(text: "\(labels.label(cell.cell)): \($0.description)", href: id(cell.cell))
            }
        }
    }

    /// All tables, decided properties before measured ones.
    private var tables: [ReportPage.Table] { [propertyTable].compactMap { $0 } + resultTables }

    private var propertyTable: ReportPage.Table? {
        guard let table = document.properties else { return nil }
        return ReportPage.Table(
            caption: "What fork still means", isProse: true,
            head: ([""] + table.titles).map { ReportPage.Entry($0) },
            rows: table.rows.map { property, answers in
                ReportPage.Row(
                    head: [ReportPage.Entry(property.question, spread: property.rawValue)],
                    entries: answers.map {
                        ReportPage.Entry(
                            $0, isMarked: ![PropertyAnswer.Verdict.yes.rawValue, ""].contains($0))
                    })
            })
    }

    private var resultTables: [ReportPage.Table] {
        document.tables.map { caption, table in
            ReportPage.Table(
                caption: caption, isProse: false, head: table.titles.map(entry),
                rows: table.rows.map { row in
                    ReportPage.Row(head: row.prefix(1).map(entry), entries: row.dropFirst().map(entry))
                })
        }
    }

    private func entry(_ entry: ResultTable.Entry) -> ReportPage.Entry {
        guard let cell = entry.cell else { return ReportPage.Entry(entry.text) }
        guard let metric = entry.metric else { return ReportPage.Entry(entry.text, href: id(cell)) }
        let values = results.summary.cells.first { $0.cell == cell }?.metrics[metric.name]
        let row = id(cell, metric)
        // One trial has no spread.
        let spread = values.flatMap { values in
            values.count < 2
                ? nil : intervals[row] ?? Interval(low: values.lowerQuartile, high: values.upperQuartile)
        }
        return ReportPage.Entry(
            entry.text, href: row,
            spread: spread.map { "[\(Quantity.text($0, metric.unit))]" })
    }

    private func id(_ cell: Cell) -> String { PageIdentifier.cell(index(cell)) }

    private func id(_ cell: Cell, _ metric: Metric) -> String {
        PageIdentifier.metric(metric.name, cell: index(cell))
    }

    private func index(_ cell: Cell) -> Int { results.summary.cells.firstIndex { $0.cell == cell } ?? 0 }

    private func cell(_ summary: CellSummary) -> ReportPage.CellSection {
        let samples = results.samples.filter { $0.cell == summary.cell }
        let metrics = (Metric.all + summary.ownMetrics).filter { summary.metrics[$0.name] != nil }
        let findings = summary.correctness.findings.map(\.description)
        let raw = showsRaw ? samples.compactMap { rawRecords[$0.sequence] } : []
        return ReportPage.CellSection(
            id: id(summary.cell), title: summary.cell.description, status: status(summary),
            findings: findings, hasFindings: !findings.isEmpty,
            metrics: metrics.compactMap { row($0, summary) }, hasMetrics: !metrics.isEmpty,
            trialCount: samples.count, trialHead: ["trial", "", "outcome", "elapsed"] + metrics.map(\.name),
            trials: samples.map { trial($0, metrics) }, raw: raw, hasRaw: !raw.isEmpty)
    }

    private func status(_ summary: CellSummary) -> String {
        let verdict =
            switch summary.correctness.status {
            case .held: "Every check held"
            case .brokenAsExpected: "Broken, as this mode promises nothing"
            case .broken: "Broken"
            }
        let words = [summary.effects.map(\.rawValue), summary.actions.map(\.rawValue)]
            .filter { !$0.isEmpty }.map { $0.joined(separator: ", ") }.joined(separator: "; action ")
        return "\(verdict), in \(summary.trials) trials" + (words.isEmpty ? "." : ". Effect \(words).")
    }

    private func row(_ metric: Metric, _ summary: CellSummary) -> ReportPage.MetricRow? {
        guard let values = summary.metrics[metric.name] else { return nil }
        let row = id(summary.cell, metric)
        return ReportPage.MetricRow(
            id: row, about: PageIdentifier.meaning(metric.name), name: metric.name,
            numbers: ["\(values.count)"] + values.texts(metric.unit, interval: intervals[row]))
    }

    private func trial(_ sample: Sample, _ metrics: [Metric]) -> ReportPage.TrialRow {
        let numbers = metrics.map { metric in
            metric.value(in: sample).map { Quantity.text($0, metric.unit) } ?? "-"
        }
        return ReportPage.TrialRow(
            name: "\(sample.sequence)",
            values: [
                sample.warmUp ? "warm-up" : "", sample.outcome.rawValue,
                Quantity.nanoseconds(Double(sample.elapsed)),
            ] + numbers)
    }

    private var glossary: [ReportPage.Meaning] {
        (Metric.all + results.summary.cells.flatMap(\.ownMetrics).uniqued()).filter { metric in
            results.summary.cells.contains { $0.metrics[metric.name] != nil }
        }
        .map {
            ReportPage.Meaning(
                id: PageIdentifier.meaning($0.name), name: $0.name, text: $0.meaning)
        }
    }

    private var environments: [ReportPage.Environment] {
        results.contents.manifests.map { manifest in
            ReportPage.Environment(
                title: "Run \(manifest.run) on \(manifest.host)", terms: Self.terms(of: manifest))
        }
    }

    private static func terms(of manifest: EnvironmentManifest) -> [ReportPage.Term] {
        let unknown = "not known"
        let load = manifest.loadAverage.map { Quantity.fixed($0, digits: 2) }.joined(separator: " ")
        return [
            ("begun", manifest.startedAt), ("ended", manifest.endedAt ?? "killed, or still running"),
            ("command", manifest.commandLine.joined(separator: " ")),
            ("forklab", "\(manifest.forklabVersion), git \(manifest.gitRevision ?? unknown)"),
            ("library", "\(manifest.library), build id \(manifest.libraryBuildId ?? unknown)"),
            ("kernel", manifest.kernel), ("C library", manifest.libc),
            ("processor", "\(manifest.processor), \(manifest.processors) online"),
            ("CPU governor", manifest.processorGovernor ?? unknown),
            ("memory", Quantity.bytes(Double(manifest.memory))), ("load average", load),
            ("huge pages", manifest.transparentHugePages ?? unknown),
            ("huge pages, tmpfs", manifest.transparentHugePagesShmem ?? unknown),
            ("overcommit", manifest.overcommit ?? unknown),
            ("file systems", manifest.fileSystems.map(\.description).joined(separator: "; ")),
        ].map(ReportPage.Term.init)
    }
}
