import Glibc
import Measurement

/// Tells the user on standard error how far a run is: one line that is rewritten on a terminal, nothing
/// elsewhere.
public struct Progress {
    private let planned: Int
    private let cells: Int
    private let trials: Int
    private let labels: CellLabels
    private let terminal: Bool
    private let begin = Clock.nanoseconds
    private var made: Int
    private var lastPass: Int?
    private var cellsOfPass = 0

    /// Begins to watch the trials of `plan`, of which `made` are made already.
    init(_ plan: Plan, made: Int, terminal: Bool = StandardError.isTerminal) {
        planned = plan.steps.count
        cells = plan.cells.count
        trials = plan.steps.last?.trial ?? 0
        labels = CellLabels(plan.cells)
        self.made = made
        self.terminal = terminal
    }

    /// The trial of `step` begins; `timeLeft` nanoseconds are expected, nil if nobody can say.
    mutating func begin(_ step: Plan.Step, timeLeft: UInt64?) {
        cellsOfPass = lastPass == step.trial ? cellsOfPass + 1 : 1
        lastPass = step.trial
        guard terminal else { return }
        StandardError.write("\r\u{1B}[K" + line(step, timeLeft: timeLeft).prefix(width))
    }

    /// The trial is over.
    mutating func end() { made += 1 }

    /// "12/72 trials, about 3 min 20 s left, now mode=1 file_system=xfs (trial 1 of 3, cell 5 of 18)".
    func line(_ step: Plan.Step, timeLeft: UInt64?) -> String {
        let left = timeLeft.map { ", about \(TimeSpan(nanoseconds: $0)) left" } ?? ""
        let pass = step.isWarmUp ? "warm-up" : "trial \(step.trial) of \(trials)"
        return "\(made)/\(planned) trials\(left), now \(labels.label(step.cell)) "
            + "(\(pass), cell \(cellsOfPass) of \(cells))"
    }

    /// The run is over.
    func finish() {
        guard terminal else { return }
        let time = TimeSpan(nanoseconds: Clock.nanoseconds - begin)
        StandardError.write("\r\u{1B}[K\(made)/\(planned) trials in \(time)\n")
    }

    private var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
            ? Int(size.ws_col) - 1 : 79
    }
}
