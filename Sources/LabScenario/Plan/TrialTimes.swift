/// How long the trials of each cell took so far, as an estimate for those to come.
package struct TrialTimes {
    private var byCell: [Cell: (total: UInt64, count: UInt64)] = [:]
    private var total: UInt64 = 0
    private var count: UInt64 = 0

    /// Starts with the times of `samples`.
    package init(_ samples: [Sample] = []) {
        for sample in samples { record(sample.cell, sample.elapsed) }
    }

    /// Whether nothing is known yet.
    package var isEmpty: Bool { count == 0 }

    /// Whether a trial of `cell` was timed.
    func knows(_ cell: Cell) -> Bool { byCell[cell] != nil }

    /// Records that a trial of `cell` took `elapsed` nanoseconds.
    package mutating func record(_ cell: Cell, _ elapsed: UInt64) {
        let known = byCell[cell] ?? (0, 0)
        byCell[cell] = (known.total + elapsed, known.count + 1)
        total += elapsed
        count += 1
    }

    /// Nanoseconds that `steps` will probably take: the mean of each cell, or the mean of all if a cell is new; 0
    /// as long as nothing is known.
    package func expected(_ steps: some Sequence<Plan.Step>) -> UInt64 {
        steps.reduce(0) { sum, step in
            let known = byCell[step.cell] ?? (total, count)
            return sum + known.total / max(1, known.count)
        }
    }
}
