import Measurement

/// Which mode suits which file system, read off the medians of a run.
struct ModeReading {
    private let cells: [CellSummary]

    init(_ cells: [CellSummary]) { self.cells = cells }

    /// A sentence for each file system on which a fork was measured, with the numbers that support it.
    func sentences(fileSystems: [String]) -> [String] {
        fileSystems.compactMap { name in
            let sound = cells.filter {
                $0.cell["file_system"] == name && $0.cell.contender?.promisesIsolation == true
                    && $0.correctness.status == .held && $0.median(.phase(.forkStall)) != nil
            }
            guard !sound.isEmpty else { return nil }
            return "\(name): \(reading(sound))"
        }
    }

    private func reading(_ sound: [CellSummary]) -> String {
        var clauses: [String] = []
        let stall = lowest(sound, .phase(.forkStall))
        if let stall {
            clauses.append("shortest stall of the parent with \(stall.text)")
        }
        let writes = lowest(sound, .phase(.parentFirstWrite))
        if let writes { clauses.append("fastest first writes after it with \(writes.text)") }
        if let memory = lowest(sound, .memoryCost) { clauses.append("least RAM with \(memory.text)") }
        if let space = lowest(sound, .fileSystemCost) { clauses.append("least space with \(space.text)") }
        let winners = Set([stall, writes].compactMap { $0?.mode })
        if winners.count == 1, let winner = winners.first {
            clauses.append("mode \(winner) suits a parent that must not stall and goes on writing")
        } else if let stall, let writes {
            clauses.append(
                "mode \(stall.mode) if the stall counts, mode \(writes.mode) if the writes after it count")
        }
        if let third = sound.first(where: { $0.cell["mode"] == "3" }) {
            clauses.append(
                third.effects.contains(.poolRemapped)
                    ? "mode 3 fell back to remapping" : "mode 3 made a copy, as mode 2 does")
        }
        return clauses.joined(separator: "; ") + "."
    }

    private func lowest(_ cells: [CellSummary], _ metric: Metric) -> (mode: String, text: String)? {
        let ranked = cells.compactMap { cell in
            cell.median(metric).map { (mode: cell.cell["mode"] ?? "", value: $0) }
        }.sorted { $0.value < $1.value }
        guard let best = ranked.first, let worst = ranked.last else { return nil }
        let number = Quantity.text(best.value, metric.unit)
        let worstNumber = Quantity.text(worst.value, metric.unit)
        guard best.mode != worst.mode else { return (best.mode, "mode \(best.mode) (\(number))") }
        return (best.mode, "mode \(best.mode) (\(number); mode \(worst.mode) \(worstNumber))")
    }
}
