import Foundation
import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabBase
@testable import LabProcess
@testable import LabReport
@testable import LabRun
@testable import LabScenario
@testable import LabStatistics
@testable import WorkloadSchema

@Suite("Results for others") struct ExporterTests {
    @Test("A directory without a run is refused, naming the file that is wrong")
    func refusals() throws {
        func problem(_ prepare: (ResultFixture) throws -> Void) throws -> String {
            let results = try ResultFixture()
            try prepare(results)
            let error = try #require(throws: InputError.self) { try ResultSet(directory: results.path) }
            return error.description.replacing(results.path, with: "DIR")
        }
        let missing = "cannot be read: No such file or directory"
        let advice = "give a directory that forklab run or forklab merge has written"
        for name in ["", "/environment.json", "/scenario.yaml"] {
            #expect(
                try problem { try FileManager.default.removeItem(atPath: "\($0.path)\(name)") }
                    == "DIR\(name): \(missing); \(advice)")
        }
        #expect(
            try problem {
                try FileManager.default.removeItem(atPath: $0.path)
                try OutputFile.write("", to: $0.path)
            } == "DIR: is not a directory; \(advice)")
        #expect(
            try problem { try OutputFile.write("", to: "\($0.path)/samples.jsonl") }
                == "DIR/samples.jsonl: holds no sample: nothing was measured")
    }

    @Test("Markdown and JSON are those of the run")
    func sameAsTheRun() throws {
        let results = try ResultFixture.shared.results
        #expect(MarkdownExporter().text(of: results) == SummaryDocument(results.summary).markdown)
        #expect(try JSONExporter().text(of: results).hasPrefix("{\"cells\":["))
    }

    @Test("CSV has a row for each metric of each cell, and quotes what needs it")
    func medians() throws {
        let results = try ResultFixture.shared.results
        let lines = CSVExporter().text(of: results).split(separator: "\n").map(String.init)
        #expect(
            lines[0]
                == "mode,reference,file_system,pool_size,share_in_use,correctness,metric,unit,n,min,lower_quartile,"
                + "median,upper_quartile,max,interval_low,interval_high")
        let stalls = lines.filter { $0.contains(",fork_stall,") }
        #expect(stalls.count == results.summary.cells.count)
        let first = results.summary.cells[0].metrics["fork_stall"]
        #expect(stalls[0].hasPrefix("1,,/tmp,16M,0.5,held,fork_stall,nanoseconds,5,"))
        #expect(stalls[0].contains(",\(Int(try #require(first?.median))),"))
        #expect(CSV.text([["a,b", "say \"x\"", "plain"]]) == "\"a,b\",\"say \"\"x\"\"\",plain\n")
    }

    @Test("Every trial is in the CSV of samples, warm-up and failures too")
    func samples() throws {
        let fixture = try ResultFixture()
        var lost = try ResultSet(directory: fixture.path).samples[0]
        lost.sequence = 61
        lost.report = nil
        lost.record(.signalled(9))
        try SampleLog(path: "\(fixture.path)/samples.jsonl").append(lost)
        let lines = SamplesCSVExporter().text(of: try ResultSet(directory: fixture.path)).split(
            separator: "\n")
        #expect(lines.filter { $0.contains(",fork_stall,nanoseconds,") }.count == 60)
        #expect(lines.filter { $0.contains(",true,completed,fork_stall,") }.count == 10)
        #expect(lines.last?.hasPrefix("61,") == true && lines.last?.hasSuffix(",true,signalled,,,") == true)
    }

    @Test("Numbers that a program reported are exported under their names, including later triggers")
    func ownNumbers() throws {
        let fixture = try ResultFixture()
        let values: [(fork: Int, value: Double)] = [(1, 1500), (2, 2000), (3, 3000)]
        try fixture.tell(
            values.flatMap { fork, value in
                ["took", "say \"x\""].map {
                    .init(name: $0, fork: fork, value: value, unit: "nanoseconds")
                }
            })
        let results = try ResultSet(directory: fixture.path)
        let medians = CSVExporter().text(of: results)
        let samples = SamplesCSVExporter().text(of: results)
        for (name, value) in [
            ("took", 1500), ("later_took", 2500), ("\"say \"\"x\"\"\"", 1500),
            ("\"later_say \"\"x\"\"\"", 2500),
        ] {
            #expect(medians.contains(",held,\(name),nanoseconds,1,\(value),\(value),\(value),"))
            #expect(samples.contains(",completed,\(name),nanoseconds,\(value)\n"))
        }
    }

    @Test(
        "gnuplot draws what is exported, all scripts in one go",
        .needs("gnuplot", package: "gnuplot-nox"))
    func gnuplot() throws {
        let fixture = try ResultFixture()
        let folder = "\(fixture.path)/plots"
        let results = try ResultFixture.shared.results
        try GnuplotExporter().export(results, to: folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let scripts = names.filter { $0.hasSuffix(".gp") }
        let plots = Plot.all(of: results).map(\.name).sorted()
        #expect(scripts == plots.map { "\($0).gp" })
        let process = ChildProcess(
            executable: try #require(RealPath.program("sh")),
            arguments: ["-c", "cd '\(folder)' && exec gnuplot *.gp"], environment: Gnuplot.environment,
            timeout: .seconds(60))
        let result = try process.run(interruption: nil)
        #expect(result.end == .exited(0) && result.errors.isEmpty, "\(result.errors)")
        for plot in plots {
            let svg = try String(contentsOfFile: "\(folder)/\(plot).svg", encoding: .utf8)
            #expect(PageStructure(svg).failure == nil)
        }
    }

    @Test("gnuplot does not execute anything in a label")
    func quoting() {
        #expect(GnuplotText.quoted("it's `id`\n\"x\"") == "'it''s `id` \"x\"'")
        #expect(GnuplotText.column("a\t\"b\"") == "\"a 'b'\"")
        #expect(Plot.fileName("usage", "/srv/a b/../c") == "usage-srv-a-b-c")
    }
}
