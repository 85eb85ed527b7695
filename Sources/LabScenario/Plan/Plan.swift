import LabBase

/// Every trial of a run, in the order in which they are made.
package struct Plan: Sendable {
    /// One trial to make.
    package struct Step: Equatable, Sendable {
        /// The step's place in the plan of the whole scenario, from 1: the same on every host and in every shard.
        let sequence: Int
        /// The cell that it measures.
        package let cell: Cell
        /// 1 for the first of its cell, warm-up not counted; 0 and below for warm-up.
        package let trial: Int
        /// Whether its result is discarded.
        package var isWarmUp: Bool { trial < 1 }
    }

    /// The cells, in the order of the matrix.
    package let cells: [Cell]
    /// The trials in their order.
    package let steps: [Step]

    /// Plans `scenario` on the file systems named `fileSystems`, without the cells that a selector of
    /// `impossible` picks, and then only what `filter` and `shard` leave.
    ///
    /// Each cell is tried once before any is tried again, and each such pass has its own order, drawn with
    /// the scenario's seed: a disturbance or a drift of the machine affects all cells alike. The order is
    /// drawn before anything is left out, so it does not depend on what is available here; and pass by pass, so
    /// that more trials lengthen the plan without changing its beginning.
    package init(
        _ scenario: Scenario, fileSystems: [String], impossible: [[String: String]] = [],
        filter: CellFilter = CellFilter(), shard: Shard = .whole
    ) {
        let cells = Self.cells(of: scenario).filter { cell in
            (cell["file_system"].map(fileSystems.contains) ?? true)
                && !impossible.contains(where: cell.matches) && filter.keeps(cell)
        }
        self.init(scenario, cells: cells, shard: shard)
    }

    /// The part of the plan of `scenario` that is about `cells` and belongs to `shard`.
    package init(_ scenario: Scenario, cells: [Cell], shard: Shard) {
        let all = Self.cells(of: scenario)
        let kept = Set(cells)
        var random = SeededGenerator(seed: scenario.seed)
        var steps: [Step] = []
        var sequence = 0
        for trial in (1 - scenario.warmUp)...scenario.trials {
            for cell in all.shuffled(using: &random) {
                sequence += 1
                let step = Step(sequence: sequence, cell: cell, trial: trial)
                if kept.contains(cell) && shard.takes(step) { steps.append(step) }
            }
        }
        self.cells = cells
        self.steps = steps
    }

    /// The steps that have no sample among `samples`.
    package func missing(in samples: [Sample]) -> [Step] {
        let made = Set(samples.map(\.sequence))
        return steps.filter { !made.contains($0.sequence) }
    }

    /// Every cell of `scenario`, whether it can be measured here or not, in the order of the matrix.
    package static func cells(of scenario: Scenario) -> [Cell] {
        candidates(of: scenario).filter { cell in !scenario.exclude.contains { cell.matches($0) } }
    }

    /// The cells of `scenario` before its exclusions.
    static func candidates(of scenario: Scenario) -> [Cell] {
        var heads: [[String: String]] = []
        for fileSystem in scenario.matrixFileSystems {
            for case .mode(let mode) in scenario.contenders {
                heads.append(["mode": "\(mode.rawValue)", "file_system": fileSystem.text])
            }
        }
        // A reference has no pool, so no file system either: one cell serves all.
        for case .reference(let reference) in scenario.contenders {
            heads.append(["reference": reference.rawValue])
        }
        let product = scenario.axes.reduce(heads) { cells, axis in
            cells.flatMap { cell in
                axis.values.map { value in cell.merging([axis.name: value]) { _, new in new } }
            }
        }
        var known: Set<Cell> = []
        return (product + scenario.include)
            .map { Cell(scenario.parameters.merging($0) { _, varied in varied }).withoutIdleSettings }
            .filter { known.insert($0).inserted }
    }
}
