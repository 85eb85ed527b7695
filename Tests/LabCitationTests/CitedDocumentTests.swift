import Foundation
import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabBase
@testable import LabCitation
@testable import LabMetrics
@testable import LabProcess
@testable import LabReport
@testable import LabRun
@testable import LabScenario
@testable import LabStatistics
@testable import WorkloadSchema

@Suite("Numbers in documents come from results") struct CitedDocumentTests {
    /// A folder with results in `results` and a document beside them.
    fileprivate final class Folder {
        let results: ResultFixture
        let cited = CitedResults()

        init() throws {
            results = try ResultFixture(title: "T")
        }

        var directory: String { (results.path as NSString).lastPathComponent }

        func document(_ text: String) throws -> CitedDocument {
            let file = "\(results.path)/document.md"
            try OutputFile.write(text.replacing("DIR", with: "../\(directory)"), to: file)
            return try CitedDocument(reading: file)
        }

        func update(_ text: String) throws -> CitedDocument.Update {
            try document(text).update(from: cited)
        }

        /// The problem with `text`, without the path of the document.
        func problem(_ text: String) throws -> String {
            let error = try #require(throws: InputError.self) { try update(text) }
            return error.description.replacing(results.path, with: "DIR")
        }
    }

    private static let stall = "mode=1,file_system=/tmp,pool_size=16M.fork_stall"

    @Test("A stale number is reported with its line, and replaced along with the anchor of its cell")
    func numbers() throws {
        let folder = try Folder()
        let link = #"stalls [1 s](DIR/summary.md "\#(Self.stall)") here"#
        let update = try folder.update("one\n\(link)\n")
        #expect(update.citations == 1)
        #expect(update.changes.map(\.text).count == 1)
        let change = try #require(update.changes.first)
        #expect(change.place.hasSuffix("document.md:2") && change.text.hasPrefix("[1 s] is 5"))
        let median = try #require(
            try folder.summary(["mode": "1", "file_system": "/tmp", "pool_size": "16M"]).median(
                .phase(.forkStall)))
        #expect(
            update.text == "one\nstalls [\(Quantity.nanoseconds(median))](../\(folder.directory)/summary.md"
                + "#mode1-file_systemtmp-pool_size16m \"\(Self.stall)\") here\n")
        let again = try folder.update(update.text)
        #expect(again.changes.isEmpty && again.text == update.text)
    }

    @Test("The anchor is that of a heading in summary.md")
    func anchors() throws {
        let folder = try Folder()
        let results = try ResultSet(directory: folder.results.path)
        let headings = MarkdownExporter().text(of: results).split(separator: "\n")
            .filter { $0.hasPrefix("### ") }.map { CellAnchor.slug(String($0.dropFirst(4))) }
        #expect(results.summary.cells.map { CellAnchor.of($0.cell, in: results) } == headings)
        #expect(CellAnchor.slug("mode=1 share_in_use=0.5 a-b") == "mode1-share_in_use05-a-b")
    }

    @Test("Other statistics, ratios and words")
    func forms() throws {
        let folder = try Folder()
        func text(_ title: String) throws -> String {
            let link = try folder.update("[?](DIR/summary.md \"\(title)\")").text
            return String(link.dropFirst().prefix { $0 != "]" })
        }
        let one = try folder.summary(["mode": "1", "file_system": "/tmp", "pool_size": "16M"])
        let two = try folder.summary(["mode": "2", "file_system": "/tmp", "pool_size": "16M"])
        let (first, second) = try (
            #require(one.metrics["fork_stall"]), #require(two.metrics["fork_stall"])
        )
        #expect(try text("maximum of \(Self.stall)") == Quantity.nanoseconds(first.maximum))
        #expect(try text("lower_quartile of \(Self.stall)") == Quantity.nanoseconds(first.lowerQuartile))
        #expect(
            try text("\(Self.stall.replacing("mode=1", with: "mode=2")) / \(Self.stall)")
                == Quantity.ratio(second.median / first.median))
        #expect(try text("mode=1,file_system=/tmp,pool_size=16M.correctness") == "held")
    }

    @Test("Code is left alone, links without a title too")
    func code() throws {
        let folder = try Folder()
        let text = """
            `[1 s](DIR/summary.md "nonsense")` [report](DIR/summary.md)

                [1 s](DIR/summary.md "nonsense")

            ```
            <!-- forklab: nonsense -->
            [1 s](DIR/summary.md "nonsense")
            ```
            """
        let update = try folder.update(text)
        #expect(update.citations == 0 && update.tables == 0 && update.changes.isEmpty)
    }

    @Test("A table has a row for each place and a column for each contender, references in each row")
    func table() throws {
        let folder = try Folder()
        let marker = "<!-- forklab: results DIR metrics=fork_stall pool_size=64M -->"
        let update = try folder.update("\(marker)\nold\n<!-- forklab: end -->\n")
        #expect(update.tables == 1)
        #expect(update.changes.map(\.place) == ["\(folder.results.path)/document.md:1"])
        let lines = update.text.split(separator: "\n").map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        #expect(lines[1] == ["`fork_stall`", "mode=1", "mode=2", "reference=glibc"])
        #expect(lines[3].first == "/tmp" && lines[4].first == "/var/tmp")
        #expect(lines[3][2].hasPrefix("[40.") && lines[3][2].contains("summary.md#mode2-file_systemtmp-"))
        #expect(lines[3][3] == lines[4][3])
        #expect(try folder.update(update.text).changes.isEmpty)
    }

    @Test("Columns by another key, a row for each metric")
    func columns() throws {
        let folder = try Folder()
        let marker = "<!-- forklab: results DIR metrics=fork_stall,fill,action columns=pool_size mode=2 -->"
        let lines = try folder.update("\(marker)\n<!-- forklab: end -->").text.split(separator: "\n")
        #expect(lines[1].contains(" pool_size=16M |") && lines[1].contains(" pool_size=64M |"))
        #expect(lines.contains { $0.contains("/var/tmp `fork_stall`") })
        // A metric that was not measured has no row.
        #expect(!lines.contains { $0.contains("`fill`") })
    }

    @Test("Two cells for one entry are an error")
    func ambiguous() throws {
        let cells = [Cell(["mode": "1", "threads": "2"]), Cell(["mode": "1"])]
        let layout = TableLayout(cells, columnKeys: ["mode"])
        #expect(layout.rows == [cells[0]].map { Cell(["threads": $0["threads"] ?? ""]) })
        let error = #expect(throws: CitationProblem.self) {
            try layout.cell(row: layout.rows[0], column: layout.columns[0])
        }
        #expect(error?.text == "mode=1 threads=2 and mode=1 fall into one entry; name more in columns=")
    }

    @Test("An error is one line with file, line and what would be right")
    func problems() throws {
        let folder = try Folder()
        func citation(_ title: String) throws -> String {
            try folder.problem("\n[1 s](DIR/summary.md \"\(title)\")")
        }
        func table(_ marker: String) throws -> String {
            try folder.problem("<!-- forklab: \(marker) -->\n<!-- forklab: end -->")
        }
        let line = "DIR/document.md:2: "
        #expect(
            try citation("mode=1,file_system=/tmp,pool_size=16M.fork_stal")
                == line + #"unknown metric "fork_stal"; did you mean "fork_stall"?"#)
        #expect(try citation("mode=9.fork_stall") == line + "no cell has mode=9")
        #expect(try citation("mod=1.fork_stall") == line + #"unknown key "mod"; did you mean "mode"?"#)
        #expect(
            try citation("mode=1.fork_stall")
                == line + "4 cells have mode=1; name also file_system, pool_size")
        #expect(
            try citation("\(Self.stall) / \(Self.stall.replacing("fork_stall", with: "memory_cost"))")
                == line + "fork_stall / memory_cost is not a ratio of like numbers")
        #expect(try citation("mean of \(Self.stall)").hasPrefix(line + #"unknown statistic "mean""#))
        #expect(
            try citation(Self.stall.replacing("fork_stall", with: "longest_gap"))
                == line
                + "longest_gap was not measured in mode=1 file_system=/tmp pool_size=16M share_in_use=0.5")
        #expect(
            try folder.problem("[1 s](nowhere/summary.md \"x\")")
                .hasPrefix("DIR/document.md:1: DIR/nowhere: cannot be read: No such file"))
        #expect(
            try folder.problem("[1 s](DIR/summary.md\n\"\(Self.stall)\")")
                == "DIR/document.md:1: a citation must stand on one line, its title in double quotes")

        let first = "DIR/document.md:1: "
        #expect(try table("resluts DIR") == first + #"unknown table "resluts"; did you mean "results"?"#)
        #expect(try table("results").hasPrefix(first + "names no results"))
        #expect(try table("results DIR").hasPrefix(first + "names no metrics"))
        #expect(try table("results DIR metrics=fork_stal").hasPrefix(first + #"unknown metric "fork_stal""#))
        #expect(
            try table("results DIR metrics=fork_stall mode=7").hasPrefix(
                first + #"unknown value of mode "7""#))
        #expect(
            try folder.problem("<!-- forklab: results DIR metrics=fork_stall -->\n").hasPrefix(
                first + "the table has no end")
        )
        #expect(try folder.problem("<!-- forklab: end -->").hasPrefix(first + "ends a table"))
    }

    @Test("Compressed samples are read like uncompressed ones", .needs("gzip", package: "gzip"))
    func compressed() throws {
        let fixture = try ResultFixture()
        let plain = try ResultSet(directory: fixture.path)
        try Tool.run("gzip", ["--keep", "\(fixture.path)/samples.jsonl"])
        let both = #expect(throws: InputError.self) { try ResultSet(directory: fixture.path) }
        #expect(both?.problem == "is beside samples.jsonl; remove the older of the two")
        try FileManager.default.removeItem(atPath: "\(fixture.path)/samples.jsonl")
        #expect(try ResultSet(directory: fixture.path).samples == plain.samples)
        let resume = #expect(throws: InputError.self) {
            try Resumption(directory: fixture.path, scenarioPath: nil, options: RunOptions())
        }
        #expect(resume?.problem.contains("unpack it with gunzip first") == true)
        try OutputFile.write("no gzip", to: "\(fixture.path)/samples.jsonl.gz")
        #expect(throws: InputError.self) { try ResultSet(directory: fixture.path) }
    }

    @Test("The documents of this checkout agree with its results")
    func checkout() throws {
        let top = (1...3).reduce(#filePath) { path, _ in (path as NSString).deletingLastPathComponent }
        let documents = try FileManager.default.contentsOfDirectory(atPath: "\(top)/docs").sorted()
            .filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
        let results = CitedResults()
        for document in ["README.md"] + documents {
            let changes = try CitedDocument(reading: "\(top)/\(document)").update(from: results).changes
            #expect(changes.isEmpty, "run forklab cite \(document)")
        }
    }
}

extension CitedDocumentTests.Folder {
    fileprivate func summary(_ keys: [String: String]) throws -> CellSummary {
        try #require(
            try ResultSet(directory: results.path).summary.cells.first { $0.cell.matches(keys) })
    }
}
