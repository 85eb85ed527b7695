import Testing
import LabTestSupport

@testable import LabBase
@testable import LabCompatibility
@testable import Measurement

@Suite("Parts of compatibility runs") struct CompatibilityMergeTests {
    private static let environment = CompatibilityEnvironment(
        fileSystems: [], library: "/none", folder: "/")

    /// The result of a case on a file system.
    private func result(
        _ testCase: String = "a", on fileSystem: String = "tmpfs", version: String = "1",
        skipped: String? = nil,
        unfinished: Bool? = nil
    ) -> CompatibilityResult {
        var result = CompatibilityResult(
            program: "it", testCase: testCase, title: "works", version: version, fileSystem: fileSystem,
            skipped: skipped)
        result.unfinished = unfinished
        guard skipped == nil, unfinished == nil else { return result }
        let program = CompatibilityProgram(
            name: "it", title: "", packages: [], version: "", cases: [""], quickCases: [], poolSize: "64M",
            timeout: 1, user: nil, limits: [], brokenChecks: [], script: "")
        let outcome = CompatibilityOutcome(
            checks: CheckList("ok x"), cut: nil, lastWords: [], forks: ForkActions(), sawPool: true,
            elapsed: 1)
        result.baseline = CompatibilityVerdict(baseline: outcome, program: program, testCase: testCase)
        result.modes[1] = CompatibilityVerdict(
            outcome, baseline: outcome, mode: .privateRemap, program: program, testCase: testCase)
        return result
    }

    /// Merges reports with these results, written to files "0", "1" and so on.
    private func merge(_ parts: [[CompatibilityResult]]) throws -> CompatibilityReport {
        try merge(
            texts: parts.map { results in
                try JSONLine.encode(
                    CompatibilityReport(
                        results: results, limits: [], interrupted: results.contains { $0.unfinished == true },
                        environments: [Self.environment]))
            })
    }

    private func merge(texts: [String]) throws -> CompatibilityReport {
        let directory = try ScratchDirectory()
        let paths = try texts.enumerated().map { try directory.write($1, to: "\($0)") }
        return try CompatibilityReport.merged(from: paths)
    }

    @Test("Cases and file systems add up, each case in one row")
    func addUp() throws {
        let report = try merge([
            [result("a"), result("b")], [result("a", on: "ext4"), result("b", on: "ext4")],
        ])
        #expect(
            report.results.map { "\($0.testCase) \($0.fileSystem)" } == [
                "a tmpfs", "a ext4", "b tmpfs", "b ext4",
            ])
        #expect(report.passed && !report.interrupted)
        let text = CompatibilityDocument(report).markdown
        #expect(
            text.contains("| it a") && text.contains("pass (1)") && text.contains("## The commands"),
            "\(text)")
    }

    @Test("The part at the document's end that people have written stays, and never appears twice")
    func keptByHand() throws {
        let document = CompatibilityDocument(try merge([[result("a")]]))
        let byHand = "<!-- Kept by hand -->\n\n## Tried by hand\n\n| a | b |\n"
        let directory = try ScratchDirectory()
        let path = try directory.write("# Old\n\nText.\n\n\(byHand)", to: "document.md")
        for _ in 1...2 {
            try document.write(to: path)
            #expect(try TextFile.read(path) == "\(document.markdown)\n\(byHand)")
        }
        let unmarked = try directory.write("# Old\n\nSee `<!-- Kept by hand -->`.\n", to: "unmarked.md")
        let new = unmarked + "-new"
        for path in [unmarked, new] {
            try document.write(to: path)
            #expect(try TextFile.read(path) == document.markdown)
        }
    }

    @Test("Skipped or unfinished cases give way, whatever the order")
    func complete() throws {
        for parts in [
            [[result()], [result(skipped: "no package")]], [[result(skipped: "no package")], [result()]],
        ] {
            let report = try merge(parts)
            #expect(report.results.count == 1 && report.passed)
        }
        let continued = try merge([[result("a"), result("b", unfinished: true)], [result("b")]])
        #expect(continued.results.count == 2 && continued.passed && !continued.interrupted)
        #expect(try merge([[result("a"), result("b", unfinished: true)]]).interrupted)
    }

    @Test("Partly run cases that give way are reported, whatever the order")
    func replaced() throws {
        var part = result("a")
        part.unfinished = true
        for (parts, from, by) in [([[part], [result("a")]], "0", "1"), ([[result("a")], [part]], "1", "0")] {
            let report = try merge(parts)
            #expect(report.results.count == 1 && report.passed && !report.interrupted)
            let line = try #require(report.replaced?.first)
            #expect(line.hasPrefix("it a file_system=tmpfs: not finished in "), "\(line)")
            #expect(line.contains("/\(from) (without pass (1), mode=1 pass (1)); taken from "), "\(line)")
            #expect(line.hasSuffix("/\(by)"), "\(line)")
            let document = CompatibilityDocument(report)
            #expect(document.text.contains(line) && document.markdown.contains("- \(line)"))
        }
        #expect(try merge([[result(skipped: "no package")], [result()]]).replaced == nil)
    }

    @Test("A library or revision that changes during the runs is reported")
    func changedDuringTheRuns() throws {
        let other = CompatibilityEnvironment(fileSystems: [], library: "/proc/self/exe", folder: "/")
        #expect(Self.environment.until(Self.environment) == Self.environment)
        let changed = Self.environment.until(other)
        #expect(changed.library == "build unknown (when the runs ended: \(other.library))")
        #expect(other.library != "build unknown")
    }

    @Test("One case twice, or of two versions, is an error that names both files")
    func twice() throws {
        let twice = try #require(throws: InputError.self) { try merge([[result()], [result()]]) }
        #expect(twice.description.hasSuffix("/0 too; give one of them"), "\(twice)")
        let versions = try #require(throws: InputError.self) {
            try merge([[result()], [result(on: "ext4", version: "2")]])
        }
        #expect(versions.problem.hasPrefix("it a file_system=ext4 is version 2, but 1 in "), "\(versions)")
    }

    @Test(
        "What is no report is one line",
        arguments: [
            ("", "is not a JSON object with a schema"),
            ("{\"schema\":9}", "has schema 9, this forklab reads 1"),
            ("{\"schema\":1}", "is not a compatibility report, or not a complete one"),
            (
                #"{"schema":1,"results":[],"limits":[],"interrupted":true}"#,
                "was interrupted, and does not say what is missing"
            ),
        ])
    func noReport(text: String, problem: String) throws {
        let error = try #require(throws: InputError.self) { try merge(texts: [text]) }
        #expect(error.problem.hasPrefix(problem) && error.place.hasSuffix("/0"), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    @Test("A missing file is one line")
    func missing() throws {
        let error = try #require(throws: InputError.self) {
            try CompatibilityReport.merged(from: ["/no/such"])
        }
        #expect(
            error.description.hasPrefix("/no/such: cannot be read: No such file or directory; give"),
            "\(error)")
    }
}
