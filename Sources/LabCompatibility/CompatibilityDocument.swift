import LabBase
import LabTables

/// A compatibility report as text: for the terminal, and as docs/compatibility.md.
package struct CompatibilityDocument {
    private let report: CompatibilityReport

    /// A document that shows `report`.
    package init(_ report: CompatibilityReport) { self.report = report }

    /// The text for a terminal.
    package var text: String {
        let blocks =
            [table(limits: false).text]
            + [skipped, report.replaced ?? [], failures, unusable, unmet].map {
                $0.joined(separator: "\n")
            }
        return (blocks + [conclusion]).filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// The Markdown for a file. Of the known limits it lists those that were met, and those that are not about a check.
    var markdown: String {
        let blocks = [
            "# Real programs under the library",
            """
            Written by \(author): do not edit. The part at the end, below a line `\(KeptByHand.marker)`, is written by \
            people and stays. How to add a program: [CONTRIBUTING.md](../CONTRIBUTING.md).
            """,
            provenance,
            """
            Each case of each program runs without the library first, then in each mode; its checks are in its file in \
            `Compatibility/`. The number is that of the checks made. An entry applies to every file system, unless it \
            names one. Every run has shown that heaps lay in the pool: by the fork log, or by the mappings of a process.
            """,
            """
            - **pass**: all checks succeed.
            - **as without**: every failure also occurs without the library, for a reason that is listed below.
            - **limit**: every failure is a known limit, with its reason below.
            - **not usable**: there is an unexplained failure without the library, so the check tests nothing.
            - **FAIL**: anything else.
            """,
            conclusion, table(limits: true).markdown,
            list("Known limits", limits.enumerated().map { "[\($0 + 1)] " + sentence($1) }),
            list("What failed", failures), list("What fails without the library, unexplained", unusable),
            list("What fails without the library too", withoutLibrary),
            list("What was skipped", skipped), list("What was replaced", report.replaced ?? []),
            list("What the programs do", titles), list("What their forks did", forks), commands,
        ]
        return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    /// Replaces the file at `path` with `markdown`, or prints it if that is "-". The part at the file's end that people have
    /// written stays (`KeptByHand`). Throws `SystemCallError`.
    package func write(to path: String) throws(SystemCallError) {
        let kept = try KeptByHand.read(path)
        try OutputFile.writeOrPrint(kept.isEmpty ? markdown : "\(markdown)\n\(kept)", to: path)
    }

    private var isMerged: Bool {
        report.environments?.map(\.command) != [CompatibilityEnvironment.ownCommand]
    }

    private var author: String {
        isMerged
            ? "`forklab compatibility --merge` from runs whose commands are listed at the end"
            : "`\(CompatibilityEnvironment.ownCommand)`"
    }

    private var provenance: String {
        let lines = CompatibilityEnvironment.summary(of: report.environments ?? [])
        guard !lines.isEmpty else { return "Where and when it was run was not recorded." }
        return "Run on:\n\n" + lines.map { "- \($0)." }.joined(separator: "\n")
    }

    private var commands: String {
        guard isMerged else { return "" }
        let lines = (report.environments ?? []).map { "`\($0.command)`: libvmmalloc \($0.library)" }
        return list("The commands that ran them", lines)
    }

    private func list(_ title: String, _ lines: [String]) -> String {
        lines.isEmpty ? "" : "## \(title)\n\n" + lines.map { "- \($0)" }.joined(separator: "\n")
    }

    // MARK: The table

    /// The results of one case, on all file systems.
    private var rows: [[CompatibilityResult]] {
        report.results.reduce(into: []) { rows, result in
            if let last = rows.indices.last, rows[last][0].label == result.label {
                rows[last].append(result)
            } else {
                rows.append([result])
            }
        }
    }

    private var modes: [Int] { Set(report.results.flatMap(\.modes.keys)).sorted() }

    private func table(limits: Bool) -> Grid {
        let titles = ["program", "version", "without"] + modes.map { "mode=\($0)" }
        return Grid(
            titles: titles + (limits ? ["known limits"] : []),
            rows: rows.map { results in
                let cells =
                    [results[0].label, results[0].version]
                    + [cell(results) { result in result.baseline.map(Self.textWithoutLibrary) }]
                    + modes.map { mode in cell(results) { $0.modes[mode]?.text } }
                return cells + (limits ? [numbers(of: results)] : [])
            }, isProse: true)
    }

    private static func textWithoutLibrary(_ verdict: CompatibilityVerdict) -> String {
        let failed = verdict.failuresWithoutLibrary.count
        return failed == 0 ? verdict.text : "\(failed) of \(verdict.checks) fail"
    }

    /// One text if all file systems agree, else one for each.
    private func cell(_ results: [CompatibilityResult], _ text: (CompatibilityResult) -> String?) -> String {
        let texts = results.map { $0.skipped == nil ? text($0) ?? "-" : "skipped" }
        if Set(texts).count == 1 { return texts[0] }
        return zip(results, texts).map { "\($0.fileSystem): \($1)" }.joined(separator: ", ")
    }

    private func numbers(of results: [CompatibilityResult]) -> String {
        limits.enumerated().filter { _, stated in
            stated.program == results[0].program
                && (stated.limit.testCase ?? results[0].testCase) == results[0].testCase
        }.map { index, _ in "[\(index + 1)]" }.joined(separator: " ")
    }

    // MARK: Lists below the table

    private func sentence(_ stated: CompatibilityReport.StatedLimit) -> String {
        let limit = stated.limit
        let place = [stated.program, limit.testCase, limit.check.map { "`\($0)`" }].compactMap { $0 }
        let modes =
            [0, 3].contains(limit.modes.count)
            ? "" : " (mode \(limit.modes.map(String.init).joined(separator: ", ")))"
        return "\(place.joined(separator: " "))\(modes): \(limit.reason)"
    }

    private var skipped: [String] {
        report.results.compactMap { result in
            result.skipped.map { "\(result.label) file_system=\(result.fileSystem): skipped: \($0)" }
        }
    }

    private var failures: [String] {
        report.results.flatMap { result in
            result.modes.sorted { $0.key < $1.key }.flatMap { mode, verdict in
                verdict.failures.map { failure in
                    let place = "\(result.label) mode=\(mode) file_system=\(result.fileSystem)"
                    return describe(failure, place)
                }
            }
        }
    }

    private func describe(_ failure: CompatibilityFailure, _ place: String) -> String {
        "\(place): \(failure.check)" + failure.details.prefix(14).map { "\n    \($0)" }.joined()
    }

    /// Failures without the library that nobody has explained.
    private var unusable: [String] {
        report.results.flatMap { result in
            (result.baseline?.failures ?? []).map { failure in
                describe(failure, "\(result.label) file_system=\(result.fileSystem), without the library")
            }
        }
    }

    private var withoutLibrary: [String] {
        report.limits.filter(\.limit.modes.isEmpty).map(sentence)
    }

    private var limits: [CompatibilityReport.StatedLimit] {
        let unmet = report.unmetLimits
        return report.limits.filter { !$0.limit.modes.isEmpty && !unmet.contains($0) }
    }

    private var unmet: [String] {
        report.unmetLimits.map { "a known limit was not met, and can go: \(sentence($0))" }
    }

    private var titles: [String] {
        report.results.reduce(into: [String]()) { lines, result in
            let line = "\(result.program): \(result.title)"
            if lines.last != line { lines.append(line) }
        }
    }

    private var forks: [String] {
        rows.compactMap { results in
            let lines = modes.compactMap { mode in
                let counts = results.compactMap { $0.modes[mode]?.forks }.reduce(into: [:]) { sum, forks in
                    sum.merge(forks, uniquingKeysWith: +)
                }
                let parts = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                return parts.isEmpty ? nil : "mode \(mode): \(parts.joined(separator: ", "))"
            }
            return lines.isEmpty ? nil : "\(results[0].label): \(lines.joined(separator: "; "))"
        }
    }

    private var conclusion: String {
        let skipped = report.results.count { $0.skipped != nil }
        let rest = skipped == 0 ? "" : " Skipped: \(skipped) of \(report.results.count) cases."
        if report.interrupted { return "Interrupted; what is shown is valid as far as it goes." + rest }
        if report.verdicts.isEmpty { return "Nothing was run." + rest }
        if report.verdicts.contains(where: { $0.result == .fail }) {
            return "Something works without the library and not under it." + rest
        }
        if report.hasUnusableChecks {
            return "Something fails without the library, and so tests nothing here." + rest
        }
        return "All that was run does under the library what it does without, known limits aside." + rest
    }
}
