import Algorithms
import LabBase
import LabMetrics
import LabRun
import LabScenario
import LabStatistics
import Measurement
import WorkloadSchema

/// Which mode suits which file system, read off a run.
///
/// Only cells whose checks all held are compared. All comparisons on one file system answer one question and are judged
/// together.
package struct ModeReading {
    /// The metrics that decide, and how sentences word them.
    private static let subjects: [(metric: Metric, words: String)] = [
        (.phase(.forkStall), "the fork stalls the parent"),
        (.phase(.parentFirstWrite), "the parent's first writes after it take"),
        (.phase(.childFirstRead), "the child's first reads take"),
    ]
    /// A choice of a mode should rest on more than a few per cent.
    private static let minimumEffect = 0.1

    private let cells: [CellSummary]

    package init(_ cells: [CellSummary]) { self.cells = cells }

    /// Sentences for each file system on which modes 1 and 2 could be compared; a sentence common to several appears once.
    package func sentences(fileSystems: [UsableFileSystem]) -> [String] {
        let readings = fileSystems.map { ($0.name, reading($0).joined(separator: " ")) }
        return readings.map(\.1).filter { !$0.isEmpty }.uniqued().map { text in
            let names = readings.filter { $0.1 == text }.map(\.0)
            return "\(names.joined(separator: ", ")): \(text)"
        }
    }

    private func reading(_ fileSystem: UsableFileSystem) -> [String] {
        let all = cells.filter {
            $0.cell["file_system"] == fileSystem.name && $0.median(.phase(.forkStall)) != nil
        }
        let own = all.filter { !Self.childCopies($0) }
        let compared = own.compactMap { $0.cell["mode"] }.filter { ["1", "2"].contains($0) }
        guard Set(compared).count == 2 else { return [] }
        guard compared.count == 2 else {
            return ["several cells for a mode; compare them in the table."]
        }
        let sound = own.filter { $0.correctness.status == .held }
        guard let remap = sound.first(where: { $0.cell["mode"] == "1" }),
            let copy = sound.first(where: { $0.cell["mode"] == "2" })
        else { return [] }
        guard min(remap.trials, copy.trials) >= Contrast.leastTrials else {
            return ["too few trials to choose a mode; make \(Contrast.leastTrials) at least (--trials)."]
        }

        let comparisons = compare(remap, copy)
        var sentences = Self.subjects.compactMap { metric, words in
            comparisons[metric].map { sentence(words, metric, $0) }
        }
        sentences.append(amounts(remap, copy, spaceIsMemory: fileSystem.type == "tmpfs"))
        sentences.append(choice(comparisons))
        if let third = sound.first(where: { $0.cell["mode"] == "3" }) {
            sentences.append(
                third.effects.contains(.poolRemapped)
                    ? "Mode 3 fell back to mode 1's remap."
                    : "Mode 3 found room for the copy and did what mode 2 does.")
        }
        let deferred = all.first {
            Self.childCopies($0) && $0.cell["mode"] == "2" && $0.correctness.status == .held
        }
        sentences.append(deferred.map { self.deferred($0, copy) } ?? "")
        return sentences.filter { !$0.isEmpty }
    }

    private static func childCopies(_ summary: CellSummary) -> Bool {
        summary.cell[LibrarySetting.forkCopier] == ForkAccount.Copier.child.rawValue
    }

    /// What becomes of mode 2 if the child copies: "Where the child copies, the fork stalls the parent 0.21 ms."
    private func deferred(_ child: CellSummary, _ parent: CellSummary) -> String {
        func text(_ summary: CellSummary, _ metric: Metric) -> String? {
            summary.median(metric).map { Quantity.text($0, metric.unit) }
        }
        guard let stall = text(child, .phase(.forkStall)) else { return "" }
        let ready = text(child, .phase(.childFirstInstruction)).flatMap { own in
            text(parent, .phase(.childFirstInstruction)).map {
                ", the child runs after \(own) instead of \($0)"
            }
        }
        let memory = text(child, .parentMemory(.peak)).flatMap { peak in
            text(child, .parentMemory(.left)).map {
                ", and the parent's RAM grows by \(peak), of which \($0) stay after the fold"
            }
        }
        return "Where the child copies, the fork stalls the parent \(stall)\(ready ?? "")\(memory ?? "")."
    }

    /// Compares mode 2 with mode 1.
    private func compare(_ remap: CellSummary, _ copy: CellSummary) -> [Metric: Comparison] {
        let contrasts = Self.subjects.compactMap { subject in
            remap.contrast(to: copy, subject.metric, minimumEffect: Self.minimumEffect).map {
                (subject.metric, $0)
            }
        }
        return Dictionary(
            uniqueKeysWithValues: zip(contrasts.map(\.0), Comparison.judge(contrasts.map(\.1))))
    }

    /// "With mode 1 the fork stalls the parent 0.49 ms, with mode 2 95 ms."
    private func sentence(_ words: String, _ metric: Metric, _ comparison: Comparison) -> String {
        let numbers = [comparison.contrast.firstMedian, comparison.contrast.secondMedian].map {
            Quantity.text($0, metric.unit)
        }
        let note =
            switch comparison.verdict {
            case .same: " (the same)"
            case .inconclusive: " (inconclusive)"
            case .better, .worse: ""
            }
        return "With mode 1 \(words) \(numbers[0]), with mode 2 \(numbers[1])\(note)."
    }

    private func amounts(_ remap: CellSummary, _ copy: CellSummary, spaceIsMemory: Bool) -> String {
        guard let memory = remap.median(.memoryCost), let space = copy.median(.fileSystemCost) else {
            return ""
        }
        return "Mode 1 takes \(Quantity.bytes(memory)) of RAM at its peak, mode 2 \(Quantity.bytes(space)) "
            + (spaceIsMemory ? "of the tmpfs, which is RAM too." : "of the file system.")
    }

    private func choice(_ comparisons: [Metric: Comparison]) -> String {
        let stall = better(comparisons[.phase(.forkStall)])
        let writes = better(comparisons[.phase(.parentFirstWrite)])
        switch (stall, writes) {
        case (nil, nil):
            return "Neither is shown to be faster here: choose by what may run out, RAM or space."
        case (let mode?, nil), (nil, let mode?): return "Mode \(mode) suits where time counts."
        case (let mode?, let other?) where mode == other: return "Mode \(mode) suits where time counts."
        case (let mode?, let other?):
            return "Mode \(mode) suits where the stall counts, mode \(other) where the writes after it count."
        }
    }

    private func better(_ comparison: Comparison?) -> String? {
        switch comparison?.verdict {
        case .better: "2"
        case .worse: "1"
        case .same, .inconclusive, nil: nil
        }
    }
}
