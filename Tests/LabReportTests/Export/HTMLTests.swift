import Foundation
import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabBase
@testable import LabMetrics
@testable import LabReport
@testable import LabScenario
@testable import WorkloadSchema

@Suite("The report as one HTML file") struct HTMLTests {
    /// A page, its structure, and the warnings of its exporter.
    private struct Page: Sendable {
        let text: String
        let structure: PageStructure
        let warnings: [String]

        init(_ makeExporter: (Warnings) -> HTMLExporter) throws {
            let warnings = Warnings()
            text = try makeExporter(warnings).text(of: ResultFixture.shared.results)
            structure = PageStructure(text)
            self.warnings = warnings.all
            #expect(structure.failure == nil)
        }

        // The statistics of a page are slow: one page is enough for all tests.
        static let plain = Result {
            try Page { warnings in
                HTMLExporter(warn: warnings.add) { () throws(Gnuplot.Missing) -> Gnuplot in
                    throw Gnuplot.Missing(reason: "gnuplot is missing; install the package gnuplot-nox")
                }
            }
        }
        static let drawn = Result { try Page { HTMLExporter(warn: $0.add) } }
    }

    @Test("Without gnuplot it is still written, and says what to install")
    func withoutPlots() throws {
        let page = try Page.plain.get()
        #expect(
            page.warnings == [
                "forklab: the report lacks plots: gnuplot is missing; install the package gnuplot-nox"
            ])
        #expect(
            page.text.contains("<p class=\"note\">gnuplot is missing; install the package gnuplot-nox</p>"))
        #expect(!page.structure.elements.contains { $0.name == "svg" })
        // The numbers take the plots' places.
        #expect(page.structure.texts["pre"]?.contains { $0.contains("bytes_live\tmedian_ns") } == true)
        try check(page.structure)
    }

    @Test("Every plot is drawn, named for those who cannot see it", .needs("gnuplot", package: "gnuplot-nox"))
    func withPlots() throws {
        let page = try Page.drawn.get()
        let structure = page.structure
        #expect(page.warnings.isEmpty)
        let plots = Plot.all(of: try ResultFixture.shared.results).map(\.name)
        let drawn = structure.elements.filter { $0.name == "svg" }
        #expect(
            drawn.map { $0.attributes["aria-labelledby"] } == plots.map { "\($0)-title \($0)-description" })
        #expect(drawn.allSatisfy { $0.attributes["role"] == "img" })
        #expect(
            plots == [
                "stall-against-heap", "stall-samples", "heat-map", "timeline-store-tmp",
                "timeline-store-var-tmp",
                "quantiles-store-tmp", "quantiles-store-var-tmp", "usage-tmp", "usage-var-tmp",
            ])
        // The style sheet decides on colours, light or dark.
        let colours = structure.values(of: "stroke") + structure.values(of: "fill")
        #expect(!colours.contains("black") && colours.contains("var(--mode-1)"))
        try check(structure)
    }

    @Test(
        "The contents of files are shown as text, whatever they look like",
        .needs("gnuplot", package: "gnuplot-nox"))
    func escaping() throws {
        let structure = try Page.drawn.get().structure
        #expect(structure.texts["h1"] == [ResultFixture.hostile])
        #expect(!structure.elements.contains { $0.name == "script" || $0.name == "b" })
    }

    @Test("Numbers of a program have lines and meanings, whatever their names are")
    func ownNumbers() throws {
        let fixture = try ResultFixture(fileSystems: ["/tmp"])
        // A name that is an identifier of the page, and one that would end an identifier.
        let names = ["heading", "a b%\"<i>"]
        try fixture.tell(
            names.flatMap { name in
                (1...2).map { .init(name: name, fork: $0, value: Double($0) * 1500, unit: "nanoseconds") }
            })
        let exporter = HTMLExporter(warn: { _ in }) { () throws(Gnuplot.Missing) -> Gnuplot in
            throw Gnuplot.Missing(reason: "left out")
        }
        let structure = PageStructure(try exporter.text(of: ResultSet(directory: fixture.path)))
        #expect(structure.failure == nil)
        try check(structure)
        for name in names + names.map({ "later_\($0)" }) {
            #expect(structure.texts["dt"]?.contains(name) == true)
            #expect(structure.texts["th"]?.contains(name) == true)
        }
        #expect(structure.texts["td"]?.contains("3.00 us") == true)
        let identifiers = structure.values(of: "id")
        #expect(identifiers.allSatisfy { !$0.contains { " \"<%".contains($0) } })
    }

    @Test("What fork still means comes before numbers, and broken properties stand out")
    func properties() throws {
        let fixture = try ResultFixture(fileSystems: ["/tmp"]) { sample in
            let isRemap = sample.cell["mode"] == "1"
            sample.report?.answers = [
                PropertyAnswer(.heapAsOfFork, .yes), PropertyAnswer(.heapOfOneMoment, isRemap ? .yes : .no),
            ]
        }
        let exporter = HTMLExporter(warn: { _ in }) { () throws(Gnuplot.Missing) -> Gnuplot in
            throw Gnuplot.Missing(reason: "left out")
        }
        let structure = PageStructure(try exporter.text(of: ResultSet(directory: fixture.path)))
        #expect(structure.failure == nil)
        try check(structure)
        #expect(structure.texts["caption"]?.first == "What fork still means")
        let fields = structure.elements.filter { $0.name == "td" }
        // Mode 2 and the reference, with pools of two sizes.
        #expect(fields.filter { $0.attributes["class"] == "marked" }.count == 4)
    }

    /// Checks that apply to every page.
    private func check(_ page: PageStructure) throws {
        let identifiers = page.values(of: "id")
        #expect(Set(identifiers).count == identifiers.count, "identifiers that are not unique")
        let known = Set(identifiers)
        let links = page.values(of: "href", in: "a")
        #expect(links.allSatisfy { $0.hasPrefix("#") && known.contains(String($0.dropFirst())) })
        let labels = page.values(of: "aria-labelledby").flatMap { $0.split(separator: " ").map(String.init) }
        #expect(labels.allSatisfy(known.contains))

        // Nothing is loaded and nothing runs.
        #expect(!page.elements.contains { ["script", "img", "iframe", "object"].contains($0.name) })
        #expect(page.values(of: "href", in: "link") == ["data:,"])
        #expect(page.values(of: "src").isEmpty)

        // Headings in order, none left out, one at the top.
        let levels = page.elements.compactMap { element in
            element.name.first == "h" && element.name.count == 2 ? Int(element.name.dropFirst()) : nil
        }
        #expect(levels.filter { $0 == 1 }.count == 1 && levels.first == 1)
        #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 <= $0 + 1 })

        // For keyboards: a way past the top, and into everything that scrolls. For screen readers: the meaning of each field.
        #expect(page.elements.first { $0.name == "a" }?.attributes["class"] == "skip")
        let scrolling = page.elements.filter { $0.attributes["class"] == "scroll" || $0.name == "pre" }
        #expect(!scrolling.isEmpty && scrolling.allSatisfy { $0.attributes["tabindex"] == "0" })
        #expect(page.elements.filter { $0.name == "th" }.allSatisfy { $0.attributes["scope"] != nil })
    }

    @Test("The verdict comes first, and every median links to its trials")
    func provenance() throws {
        let results = try ResultFixture.shared.results
        let page = try Page.plain.get()
        let (text, structure) = (page.text, page.structure)
        let verdict = try #require(text.range(of: "id=\"verdict\""))
        let medians = try #require(text.range(of: "id=\"medians\""))
        #expect(verdict.lowerBound < medians.lowerBound)
        #expect(text.contains("All that was expected held, in 60 of 60 trials."))
        let cell = try #require(results.summary.cells.first)
        let median = try #require(cell.median(.phase(.forkStall)))
        #expect(text.contains("<a href=\"#cell-1-fork_stall\">\(Quantity.nanoseconds(median))</a>"))
        for sample in results.samples where sample.cell == cell.cell {
            #expect(structure.texts["th"]?.contains("\(sample.sequence)") == true)
            #expect(
                structure.texts["pre"]?.contains { $0.contains("\"sequence\":\(sample.sequence),") } == true)
        }
    }
}

/// The warnings of an exporter.
private final class Warnings: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []

    var all: [String] { lock.withLock { lines } }

    @Sendable func add(_ line: String) { lock.withLock { lines.append(line) } }
}
