import Measurement

/// A recommendation in words, the answer first.
public struct RecommendDocument {
    private let report: RecommendReport

    /// Shows `report`.
    public init(_ report: RecommendReport) { self.report = report }

    /// For a terminal.
    public var text: String {
        let alternatives = report.alternatives.map(\.text)
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
            return "Use \(settings): \(candidate.mode.words)."
        case .none: return "No mode is within the limits."
        case .refused: return "No recommendation: what was measured does not decide it."
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
            "Measured: \(report.workload) with \(parameters.joined(separator: " ")) in \(place.directory) "
            + "(\(place.type), \(place.reflink ? "reflink" : "no reflink"), \(place.dax ? "DAX" : "no DAX")), "
            + "\(report.trials) trials; medians of what each trial had at most, with 95 % intervals"
            + (report.isDefaultWorkload ? ". The workload is the default one." : ".")
        return [head, table.text, reasons].filter { !$0.isEmpty }
    }

    private var table: Grid {
        let assessments = report.recommendation.assessments
        let showsTorn = assessments.contains { $0.measurement?.torn != nil }
        let rows = assessments.map { assessment in
            let own = assessment.measurement
            return [
                "\(assessment.candidate)", number(own?.stall, .nanoseconds), number(own?.memory, .bytes),
                number(own?.space, .bytes),
            ] + (showsTorn ? [own?.torn.map { Quantity.perThousand($0.median) } ?? "-"] : [])
                + [list(own?.actions ?? []), assessment.status.words]
        }
        let reference = report.referenceStall.map {
            ["glibc, no pool", number($0, .nanoseconds), "-", "-"] + (showsTorn ? ["-"] : []) + [
                "-", "to compare",
            ]
        }
        return Grid(
            titles: ["", "longest stall", "RAM", "space"] + (showsTorn ? ["torn"] : []) + [
                "action", "verdict",
            ],
            rows: rows + [reference].compactMap { $0 }, isProse: true)
    }

    private func number(_ summary: SampleSummary?, _ unit: Metric.Unit) -> String {
        summary.map { Quantity.withInterval($0, unit) } ?? "-"
    }

    private func list(_ actions: [ForkAccount.Action]) -> String {
        actions.isEmpty ? "-" : actions.map(\.rawValue).joined(separator: ", ")
    }

    /// Why each candidate is not admitted; of one that is, the trials that were worse than its median.
    private var reasons: String {
        report.recommendation.assessments.flatMap { assessment -> [String] in
            let objections = assessment.objections.map {
                "\(assessment.candidate): \(assessment.status.words): \($0.text)"
            }
            let caveats = assessment.checks.filter { $0.verdict == .within && $0.text.contains(", but ") }.map
            {
                "\(assessment.candidate): \($0.text)"
            }
            return objections + caveats
        }.joined(separator: "\n")
    }

    private var limits: String {
        let limits = report.recommendation.limits
        func bound(_ name: String, _ bound: Limits.Bound?, _ unit: Metric.Unit) -> String {
            guard let bound else { return "\(name): any" }
            return "\(name): \(Quantity.text(bound.amount, unit)) (\(bound.option ?? "what is free here"))"
        }
        let parts = [
            bound("longest stall", limits.stall, .nanoseconds), bound("RAM", limits.memory, .bytes),
            bound("space beside the pool", limits.space, .bytes), limits.snapshot.words,
            "preferred: \(limits.goal.rawValue)",
        ]
        return "Limits: \(parts.joined(separator: "; "))."
    }

    private func list(_ title: String, _ lines: [String]) -> String {
        lines.isEmpty ? "" : "\(title):\n" + lines.map { "- \($0)" }.joined(separator: "\n")
    }

    private var samples: String {
        report.results.map { "Samples in \($0); \"forklab report \($0)\" shows them all." } ?? ""
    }
}

extension ForkMode {
    /// What it does, in a few words.
    fileprivate var words: String {
        switch self {
        case .disabled: "nothing"
        case .privateRemap: "private remap, copy on write in RAM"
        case .poolCopy: "pool copy, a file of its own for each child"
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

extension Limits.Snapshot {
    fileprivate var words: String {
        switch self {
        case .none: "no thread writes what a child reads while another forks"
        case .heap: "threads write, and the heap must be of one moment (--threads-write --one-moment heap)"
        case .process: "threads write, and all memory must be of one moment (--threads-write)"
        }
    }
}
