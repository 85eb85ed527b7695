import LabScenario
import WorkloadSchema

extension CellProperty {
    /// Every value of the property that was seen in the trials of a cell; empty if it was not looked at.
    package func values(in cell: CellSummary) -> [String] {
        switch self {
        case .check(let check): (cell.checks[check.rawValue] ?? []).map(\.rawValue)
        case .effect: cell.effects.map(\.rawValue)
        case .action: cell.actions.map(\.rawValue)
        case .correctness: [cell.correctness.status.rawValue]
        case .answer(let property): (cell.answers[property.rawValue] ?? []).map(\.verdict.rawValue)
        }
    }

    /// The same values, with a description of what was seen.
    func descriptions(in cell: CellSummary) -> [String] {
        guard case .answer(let property) = self else { return values(in: cell) }
        return (cell.answers[property.rawValue] ?? []).map(\.description)
    }
}
