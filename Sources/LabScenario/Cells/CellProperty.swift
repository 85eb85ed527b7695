import Measurement
import WorkloadSchema

/// A property in words that a run finds out about a cell, and that `expect:` can ask for.
package enum CellProperty: Hashable, Sendable {
    /// The outcome of a check, in every trial.
    case check(Check)
    /// The effect of the forks on the heap.
    case effect
    /// The action that the library reports.
    case action
    /// The verdict on all checks together.
    case correctness
    /// The answer about a property of fork, in every trial.
    case answer(SemanticProperty)

    /// Every property that `expect:` can name.
    package static let all =
        [CellProperty.effect, .action, .correctness] + Check.allCases.map(CellProperty.check)
        + SemanticProperty.allCases.map(CellProperty.answer)

    /// The property of that name; nil if there is none.
    package init?(name: String) {
        guard let property = Self.all.first(where: { $0.name == name }) else { return nil }
        self = property
    }

    /// Its name: "isolation_child_to_parent", "action".
    package var name: String {
        switch self {
        case .check(let check): check.rawValue
        case .effect: "effect"
        case .action: "action"
        case .correctness: "correctness"
        case .answer(let property): property.rawValue
        }
    }

    /// The values that it can have.
    var possibleValues: [String] {
        switch self {
        case .check: Outcome.allCases.map(\.rawValue)
        case .effect: ForkEffect.allCases.map(\.rawValue)
        case .action: ForkAccount.Action.allCases.map(\.rawValue)
        case .correctness: CellVerdict.allCases.map(\.rawValue)
        case .answer: PropertyAnswer.Verdict.allCases.map(\.rawValue)
        }
    }
}
