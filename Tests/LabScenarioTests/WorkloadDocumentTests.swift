import Foundation
import Testing

@testable import LabBase
@testable import WorkloadSchema

/// docs/workloads.md has every built-in workload and every parameter with its default, and none that does not exist.
@Suite("Workloads as documented") struct WorkloadDocumentTests {
    private struct Row: Hashable {
        let parameter: String
        let workload: String
        let defaultValue: String
    }

    /// The cells of the tables under a heading.
    private func rows(under heading: String) throws -> [[String]] {
        let folder = try #require(RealPath.above(#filePath, holding: "docs"))
        let text = try TextFile.read(folder + "/docs/workloads.md")
        let begin = try #require(text.range(of: "\n\(heading)\n")).upperBound
        let end = text[begin...].range(of: "\n##")?.lowerBound ?? text.endIndex
        return text[begin..<end].split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private func names(_ cell: String) -> [String] {
        cell.split(separator: "`").enumerated().filter { $0.offset % 2 == 0 }.map { String($0.element) }
    }

    @Test func workloads() throws {
        let documented = try rows(under: "## Built-in workloads").flatMap { names($0[0]) }
        #expect(documented == WorkloadKind.allCases.map(\.rawValue))
        let all = WorkloadKind.allCases.map { "`\($0.rawValue)`" }
        let folder = try #require(RealPath.above(#filePath, holding: "docs"))
        let scenarios = try TextFile.read(folder + "/docs/scenarios.md")
        for name in all { #expect(scenarios.contains(name)) }
    }

    @Test func parameters() throws {
        let documented = try rows(under: "### Parameters").flatMap { row in
            let workloads = row[1] == "all" ? WorkloadKind.allCases.map(\.rawValue) : names(row[1])
            return workloads.map {
                Row(
                    parameter: names(row[0])[0], workload: $0, defaultValue: names(row[2])[0])
            }
        }
        let known = WorkloadKind.allCases.flatMap { kind in
            kind.parameters.map {
                Row(parameter: $0.name, workload: kind.rawValue, defaultValue: $0.defaultValue)
            }
        }
        #expect(Set(known).subtracting(documented) == [], "not documented")
        #expect(Set(documented).subtracting(known) == [], "documented and not there")
        #expect(documented.count == known.count)
    }
}
