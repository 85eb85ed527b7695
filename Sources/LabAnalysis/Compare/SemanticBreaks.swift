import LabScenario
import WorkloadSchema

/// Something that held in BASE and does not hold in NEW: a regression whatever the times say.
package struct SemanticBreak: Codable, Equatable, Sendable {
    /// The cell in which it broke.
    package let cell: Cell
    /// A check, "trial", "allocator", or an expectation.
    let what: String
    /// What was seen in NEW.
    package let detail: String
}

/// Finds what fork meant in BASE and no longer means in NEW.
enum SemanticBreaks {
    /// Broken checks of cells that both have. Checks that mode 0 may break do not count.
    static func inChecks(_ pairs: [(base: CellSummary, new: CellSummary)]) -> [SemanticBreak] {
        pairs.filter { $0.new.correctness.status == .broken }.flatMap { base, new in
            let known = Set(base.correctness.findings.map(\.check))
            return new.correctness.findings.filter { !known.contains($0.check) }.map {
                SemanticBreak(cell: new.cell, what: $0.check, detail: $0.description)
            }
        }
    }

    /// Properties of fork to which every trial of BASE answered yes, and some trial of NEW did not.
    static func inAnswers(_ pairs: [(base: CellSummary, new: CellSummary)]) -> [SemanticBreak] {
        pairs.flatMap { base, new in
            kept(in: base).compactMap { property in
                guard let answer = decided(property, in: new).first(where: { $0.verdict != .yes })
                else { return nil }
                return SemanticBreak(
                    cell: new.cell, what: property, detail: "\(property): \(answer.description)")
            }
        }
    }

    /// Properties to which every trial of BASE answered yes, and which no trial of NEW decided:
    /// "mode=1: child_writes_unseen".
    static func notDecided(_ pairs: [(base: CellSummary, new: CellSummary)]) -> [String] {
        pairs.flatMap { base, new in
            kept(in: base).filter { decided($0, in: new).isEmpty }.map { "\(new.cell): \($0)" }
        }
    }

    /// Names of the properties to which every trial of `cell` answered yes.
    static func kept(in cell: CellSummary) -> [String] {
        SemanticProperty.allCases.map(\.rawValue).filter { cell.answers[$0]?.map(\.verdict) == [.yes] }
    }

    private static func decided(_ property: String, in cell: CellSummary) -> [PropertyAnswer] {
        (cell.answers[property] ?? []).filter { $0.verdict != .notApplicable }
    }

    /// Expectations that clearly fail now and did not before.
    static func inExpectations(_ base: [ExpectationResult], _ new: [ExpectationResult]) -> [SemanticBreak] {
        new.compactMap { result in
            let before = base.first { $0.text == result.text && $0.cell == result.cell }
            guard before?.held == true, !result.held, result.certainty == .clear else { return nil }
            return SemanticBreak(
                cell: result.cell, what: result.text, detail: result.description(label: \.description))
        }
    }

    /// Cells whose forks went another way, which is neither better nor worse by itself.
    static func changes(_ pairs: [(base: CellSummary, new: CellSummary)]) -> [Difference] {
        pairs.flatMap { base, new in
            [CellProperty.effect, .action].compactMap { property in
                let values = [base, new].map { property.values(in: $0).sorted().joined(separator: ", ") }
                guard !values.contains("") else { return nil }
                return Difference("\(new.cell): \(property.name)", values[0], values[1])
            }
        }
    }
}
