import Measurement

/// Which mode suits which file system, read off the medians of a run.
///
/// Only cells whose checks all held are compared, and two modes are called different only where the middle
/// halves of their samples do not overlap and their medians differ by more than `leastEffect`.
struct ModeReading {
    /// Share of the smaller median that a difference must exceed to count.
    private static let leastEffect = 0.1

    private let cells: [CellSummary]

    init(_ cells: [CellSummary]) { self.cells = cells }

    /// Sentences for each file system on which modes 1 and 2 could be compared.
    func sentences(fileSystems: [UsableFileSystem]) -> [String] {
        fileSystems.compactMap { fileSystem in
            let reading = reading(fileSystem)
            return reading.isEmpty ? nil : "\(fileSystem.name): \(reading.joined(separator: " "))"
        }
    }

    private func reading(_ fileSystem: UsableFileSystem) -> [String] {
        let own = cells.filter {
            $0.cell["file_system"] == fileSystem.name && $0.median(.phase(.forkStall)) != nil
        }
        guard own.filter({ $0.cell["mode"] == "1" }).count <= 1 else {
            return ["several cells for a mode; compare the rows of the table."]
        }
        let sound = own.filter { $0.correctness.status == .held }
        guard let remap = sound.first(where: { $0.cell["mode"] == "1" }),
            let copy = sound.first(where: { $0.cell["mode"] == "2" })
        else { return [] }
        guard min(remap.trials, copy.trials) >= SampleSummary.leastToCompare else {
            return ["too few trials to choose a mode; make \(SampleSummary.leastToCompare) at least."]
        }

        var sentences = [contrast("the fork stalls the parent", .phase(.forkStall), remap, copy)]
        sentences.append(
            contrast("the parent's first writes after it take", .phase(.parentFirstWrite), remap, copy))
        sentences.append(contrast("the child's first reads take", .phase(.childFirstRead), remap, copy))
        sentences.append(amounts(remap, copy, spaceIsMemory: fileSystem.type == "tmpfs"))
        sentences.append(choice(remap, copy))
        if let third = sound.first(where: { $0.cell["mode"] == "3" }) {
            sentences.append(
                third.effects.contains(.poolRemapped)
                    ? "Mode 3 fell back to mode 1's remap."
                    : "Mode 3 found room for the copy and did what mode 2 does.")
        }
        return sentences.filter { !$0.isEmpty }
    }

    /// "With mode 1 the fork stalls the parent 0.49 ms, with mode 2 95 ms."
    private func contrast(
        _ subject: String, _ metric: Metric, _ remap: CellSummary, _ copy: CellSummary
    ) -> String {
        guard let first = remap.metrics[metric.name], let second = copy.metrics[metric.name] else {
            return ""
        }
        let numbers = [first, second].map { Quantity.text($0.median, metric.unit) }
        let note = differ(first, second) ? "" : " (no clear difference)"
        return "With mode 1 \(subject) \(numbers[0]), with mode 2 \(numbers[1])\(note)."
    }

    private func amounts(_ remap: CellSummary, _ copy: CellSummary, spaceIsMemory: Bool) -> String {
        guard let memory = remap.median(.memoryCost), let space = copy.median(.fileSystemCost) else {
            return ""
        }
        return "Mode 1 takes \(Quantity.bytes(memory)) of RAM at its peak, mode 2 \(Quantity.bytes(space)) "
            + (spaceIsMemory ? "of the tmpfs, which is RAM too." : "of the file system.")
    }

    private func choice(_ remap: CellSummary, _ copy: CellSummary) -> String {
        let stall = better(.phase(.forkStall), remap, copy)
        let writes = better(.phase(.parentFirstWrite), remap, copy)
        switch (stall, writes) {
        case (nil, nil): return "Neither is faster here: choose by what may run out, RAM or space."
        case (let mode?, nil), (nil, let mode?): return "Mode \(mode) suits where time counts."
        case (let mode?, let other?) where mode == other: return "Mode \(mode) suits where time counts."
        case (let mode?, let other?):
            return "Mode \(mode) suits where the stall counts, mode \(other) where the writes after it count."
        }
    }

    private func better(_ metric: Metric, _ remap: CellSummary, _ copy: CellSummary) -> String? {
        guard let first = remap.metrics[metric.name], let second = copy.metrics[metric.name],
            differ(first, second)
        else { return nil }
        return first.median < second.median ? "1" : "2"
    }

    private func differ(_ first: SampleSummary, _ second: SampleSummary) -> Bool {
        let difference = abs(first.median - second.median)
        return first.isApart(from: second) && difference > Self.leastEffect * min(first.median, second.median)
    }
}
