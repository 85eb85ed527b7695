import Glibc
import Measurement

/// Tells the user on standard error how far a run is: one line that is rewritten on a terminal, now and then
/// a line elsewhere.
public struct Progress {
    private static let plainInterval: UInt64 = 15_000_000_000

    private let total: Int
    private let cells: Int
    private let labels: CellLabels
    private let isTerminal = StandardError.isTerminal
    private let begin = Clock.nanoseconds
    private var lastLine: UInt64 = 0
    private var elapsedByCell: [Cell: [UInt64]] = [:]

    /// Begins to watch the trials of `plan`.
    init(_ plan: Plan) {
        total = plan.steps.count
        cells = plan.cells.count
        labels = CellLabels(plan.cells)
    }

    /// A trial of `cell` begins after `done` others; `remaining` are those after it.
    mutating func begin(_ cell: Cell, done: Int, remaining: some Sequence<Plan.Step>) {
        let left = timeLeft(cell, remaining)
        let line =
            "\(done)/\(total) trials of \(cells) cells, "
            + (done == 0 ? "" : "about \(Quantity.nanoseconds(left)) left, ") + "now \(labels.label(cell))"
        if isTerminal {
            StandardError.write("\r\u{1B}[K" + line.prefix(width))
        } else if lastLine == 0 || Clock.nanoseconds - lastLine > Self.plainInterval {
            lastLine = Clock.nanoseconds
            StandardError.write(line + "\n")
        }
    }

    /// A trial ended after `elapsed` nanoseconds.
    mutating func end(_ cell: Cell, elapsed: UInt64) { elapsedByCell[cell, default: []].append(elapsed) }

    /// The run is over.
    func finish(done: Int) {
        let line = "\(done)/\(total) trials in \(Quantity.nanoseconds(Double(Clock.nanoseconds - begin)))"
        StandardError.write((isTerminal ? "\r\u{1B}[K" : "") + line + "\n")
    }

    /// What the cells took so far, or all of them on average where one is still new.
    private func timeLeft(_ cell: Cell, _ remaining: some Sequence<Plan.Step>) -> Double {
        let all = elapsedByCell.values.joined()
        let average = Double(all.reduce(0, +)) / Double(max(1, all.count))
        return ([cell] + remaining.map(\.cell)).reduce(0) { sum, cell in
            let own = elapsedByCell[cell] ?? []
            return sum + (own.isEmpty ? average : Double(own.reduce(0, +)) / Double(own.count))
        }
    }

    private var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
            ? Int(size.ws_col) - 1 : 79
    }
}
