import LabBase
import LabTables
import LabRun
import LabStatistics
import Measurement

/// A recommendation as text, with the answer first.
package struct RecommendDocument {
    private let report: RecommendReport

    /// A document that shows `report`.
    package init(_ report: RecommendReport) { self.report = report }

    /// The text for a terminal.
    package var text: String {
        let alternatives = report.alternatives.map(\.text) + report.hints
        return
            ([answer] + launch + ["Why: \(report.recommendation.reason)"] + measured + [limits]
            + [
                list("What would change the answer (decided again with the same numbers)", alternatives),
                list("Keep in mind", report.warnings), samples,
            ]).filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var answer: String {
        switch report.recommendation.answer {
        case .use(let candidate):
            let settings = candidate.environment.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            return "Use \(settings): \(candidate.words)."
        case .none: return "No mode is within the limits."
        case .refused: return "No recommendation: the measurements do not decide it."
        }
    }

    private var launch: [String] {
        guard let commandLine = report.commandLine else { return [] }
        let variables = report.environment.map { "    export \($0.name)=\(ShellWord.quoted($0.value))" }
        return ["    \(commandLine)", "or, without forklab:", variables.joined(separator: "\n")]
    }

    private var measured: [String] {
        guard report.results != nil else { return [] }
        let parameters = report.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let place = report.fileSystem
        let head =
            "Measured: \(report.isDefaultWorkload ? "the default workload, " : "")\(report.workload) with "
            + "\(parameters.joined(separator: " ")), in \(place.directory) (\(place.type), "
            + "\(place.reflink ? "reflink" : "no reflink"), \(place.dax ? "DAX" : "no DAX")). Medians of "
            + "\(report.trials) trials, with 95 % intervals, of the most that each trial had over all of its forks:"
        return [head, table, reasons].filter { !$0.isEmpty }
    }

    /// The assessments, sorted by mode.
    private var assessments: [Assessment] {
        report.recommendation.assessments.sorted {
            ($0.candidate.mode.rawValue, $0.candidate.description)
                < ($1.candidate.mode.rawValue, $1.candidate.description)
        }
    }

    private var table: String {
        let showsTorn = assessments.contains { $0.measurement?.torn != nil }
        let rows = assessments.map { assessment in
            let own = assessment.measurement
            return [
                "\(assessment.candidate)", number(own?.stall, .nanoseconds), number(own?.memory, .bytes),
                number(own?.space, .bytes),
            ] + (showsTorn ? [own?.torn.map { Quantity.perThousand($0.summary.median) } ?? "-"] : [])
                + [list(own?.actions ?? []), assessment.status.words]
        }
        let reference = report.referenceStall.map {
            ["glibc, no pool", number($0, .nanoseconds), "-", "-"] + (showsTorn ? ["-"] : []) + [
                "-", "for comparison",
            ]
        }
        let grid = Grid(
            titles: ["", "longest stall", "RAM", "space"] + (showsTorn ? ["torn"] : []) + [
                "action", "verdict",
            ],
            rows: rows + [reference].compactMap { $0 }, isProse: true)
        return grid.text.split(separator: "\n").map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    private func number(_ estimate: Estimate?, _ unit: Quantity.Unit) -> String {
        estimate?.text(unit) ?? "-"
    }

    private func list(_ actions: [ForkAccount.Action]) -> String {
        actions.isEmpty ? "-" : actions.map(\.rawValue).joined(separator: ", ")
    }

    /// Why each candidate is not admitted; for one that is, the trials that were worse than its median.
    private var reasons: String {
        assessments.flatMap { assessment -> [String] in
            let objections = assessment.objections.map {
                "\(assessment.candidate): \(assessment.status.words): \($0.text)"
            }
            let caveats = assessment.checks.filter { $0.trialsBeyond > 0 }.map {
                "\(assessment.candidate): \($0.text)"
            }
            return objections + caveats
        }.joined(separator: "\n")
    }

    private var limits: String {
        let limits = report.recommendation.limits
        func line(_ bound: Limits.Bound?, _ unit: Quantity.Unit, free: String) -> String? {
            bound.map { ($0.option ?? free) + " " + Quantity.text($0.amount, unit) }
        }
        let bounds = [
            line(limits.stall, .nanoseconds, free: ""),
            line(limits.memory, .bytes, free: "RAM that is free here:"),
            line(limits.space, .bytes, free: "space that is free here beside the pool:"),
        ].compactMap { $0 }
        return list("Limits", bounds + [limits.snapshot.words, limits.goal.sentence])
    }

    private func list(_ title: String, _ lines: [String]) -> String {
        lines.isEmpty ? "" : "\(title):\n" + lines.map { "- \($0)" }.joined(separator: "\n")
    }

    private var samples: String {
        report.results.map { "Samples in \($0); \"forklab report \($0)\" shows them all." } ?? ""
    }
}

extension Candidate {
    /// What it does, in a few words.
    fileprivate var words: String {
        switch mode {
        case .disabled: "nothing"
        case .privateRemap: "private remap, copy on write in RAM"
        case .poolCopy where copier == .child:
            "pool copy, made by each child before its fork() returns while the parent goes on"
        case .poolCopy: "pool copy, with a separate file for each child"
        case .copyOrRemap: "pool copy, or the private remap from the first fork whose copy does not fit"
        }
    }
}

extension Assessment.Status {
    fileprivate var words: String {
        switch self {
        case .admitted: "within the limits"
        case .ruledOut: "ruled out"
        case .undecided: "undecided"
        case .unmeasured: "not measured"
        }
    }
}

extension Limits.Goal {
    fileprivate var sentence: String { "within them \(words) is to be low (--prefer \(rawValue))" }
}

extension Limits.Snapshot {
    fileprivate var words: String {
        switch self {
        case .none: "no thread writes what a child reads while another forks (else --threads-write)"
        case .heap: "threads write, and the heap must show one moment (--threads-write --one-moment heap)"
        case .process: "threads write, and all memory must show one moment (--threads-write)"
        }
    }
}
