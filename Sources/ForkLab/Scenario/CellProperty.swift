import Measurement

/// Something in words that a run finds out about a cell, and that `expect:` can ask for.
public enum CellProperty: Hashable, Sendable {
    /// What became of a check, in every trial.
    case check(Check)
    /// What the forks did to the heap.
    case effect
    /// What the library says that it did.
    case action
    /// The verdict on all checks together.
    case correctness
    /// The answer about a property of fork, in every trial.
    case answer(SemanticProperty)

    /// Every property.
    static let all =
        [CellProperty.effect, .action, .correctness] + Check.allCases.map(CellProperty.check)
        + SemanticProperty.allCases.map(CellProperty.answer)

    /// The property of that name; nil if there is none.
    init?(name: String) {
        guard let property = Self.all.first(where: { $0.name == name }) else { return nil }
        self = property
    }

    /// Its name: "isolation_child_to_parent", "action".
    var name: String {
        switch self {
        case .check(let check): check.rawValue
        case .effect: "effect"
        case .action: "action"
        case .correctness: "correctness"
        case .answer(let property): property.rawValue
        }
    }

    /// What it can be.
    var possibleValues: [String] {
        switch self {
        case .check: Outcome.allCases.map(\.rawValue)
        case .effect: ForkEffect.allCases.map(\.rawValue)
        case .action: ForkAccount.Action.allCases.map(\.rawValue)
        case .correctness: Correctness.Status.allCases.map(\.rawValue)
        case .answer: PropertyAnswer.Verdict.allCases.map(\.rawValue)
        }
    }

    /// What it was in the trials of a cell: every value that was seen; empty if it was not looked at.
    func values(in cell: CellSummary) -> [String] {
        switch self {
        case .check(let check): (cell.checks[check.rawValue] ?? []).map(\.rawValue)
        case .effect: cell.effects.map(\.rawValue)
        case .action: cell.actions.map(\.rawValue)
        case .correctness: [cell.correctness.status.rawValue]
        case .answer(let property): (cell.answers[property.rawValue] ?? []).map(\.verdict.rawValue)
        }
    }

    /// The same with what was seen.
    func descriptions(in cell: CellSummary) -> [String] {
        guard case .answer(let property) = self else { return values(in: cell) }
        return (cell.answers[property.rawValue] ?? []).map(\.description)
    }
}
