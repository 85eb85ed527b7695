import LabBase
import LabScenario

/// Tells the user how far a run is.
struct Progress {
    private let planned: Int
    private let cells: Int
    private let trials: Int
    private let labels: CellLabels
    private let shown: ProgressLine
    private var made: Int
    private var lastPass: Int?
    private var cellsOfPass = 0

    /// Shows the progress of `plan`, of which `made` trials are already made.
    init(_ plan: Plan, made: Int, terminal: Bool = StandardError.isTerminal) {
        planned = plan.steps.count
        cells = plan.cells.count
        trials = plan.steps.last?.trial ?? 0
        labels = CellLabels(plan.cells)
        self.made = made
        shown = ProgressLine(terminal: terminal)
    }

    /// Called when the trial of `step` begins; `timeLeft` is an estimate in nanoseconds, nil if there is none.
    mutating func begin(_ step: Plan.Step, timeLeft: UInt64?) {
        cellsOfPass = lastPass == step.trial ? cellsOfPass + 1 : 1
        lastPass = step.trial
        shown.show(line(step, timeLeft: timeLeft))
    }

    /// Called when the trial is over.
    mutating func end() { made += 1 }

    /// The line to show: "12/72 trials, about 3 min 20 s left, now mode=1 file_system=xfs (trial 1 of 3, cell 5 of 18)".
    func line(_ step: Plan.Step, timeLeft: UInt64?) -> String {
        let left = timeLeft.map { ", about \(Duration.nanoseconds($0).inWords) left" } ?? ""
        let pass = step.isWarmUp ? "warm-up" : "trial \(step.trial) of \(trials)"
        return "\(made)/\(planned) trials\(left), now \(labels.label(step.cell)) "
            + "(\(pass), cell \(cellsOfPass) of \(cells))"
    }

    /// Called when the run is over.
    func finish() { shown.finish("\(made)/\(planned) trials") }
}
