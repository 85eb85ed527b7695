import Measurement

/// Every trial of a run, in the order in which they are made.
public struct Plan: Sendable {
    /// One trial to make.
    public struct Step: Equatable, Sendable {
        /// What it measures.
        public let cell: Cell
        /// 1 for the first of its cell, warm-up not counted; 0 and below for warm-up.
        public let trial: Int
        /// Whether it is made only to be discarded.
        public var isWarmUp: Bool { trial < 1 }
    }

    /// The cells, in the order of the matrix.
    public let cells: [Cell]
    /// The trials in their order.
    public let steps: [Step]

    /// Plans `scenario` on the file systems named `fileSystems`, leaving out contenders called as in
    /// `without` ("reference=jemalloc"), and cells whose selector is among `impossible`.
    ///
    /// Each cell is tried once before any is tried again, and each such pass has its own order, drawn with
    /// the scenario's seed: a disturbance or a drift of the machine strikes all cells alike.
    public init(
        _ scenario: Scenario, fileSystems: [String], without: [String] = [],
        impossible: [[String: String]] = []
    ) {
        cells = Self.cells(of: scenario, fileSystems: fileSystems).filter { cell in
            !without.contains { $0 == cell.contender?.description }
                && !impossible.contains(where: cell.matches)
        }
        var random = SeededGenerator(seed: scenario.seed)
        var steps: [Step] = []
        for trial in (1 - scenario.warmUp)...scenario.trials {
            steps += cells.shuffled(using: &random).map { Step(cell: $0, trial: trial) }
        }
        self.steps = steps
    }

    private static func cells(of scenario: Scenario, fileSystems: [String]) -> [Cell] {
        var heads: [[String: String]] = []
        for fileSystem in fileSystems {
            for case .mode(let mode) in scenario.contenders {
                heads.append(["mode": "\(mode.rawValue)", "file_system": fileSystem])
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
        let included = scenario.include.filter { entry in
            entry["file_system"].map(fileSystems.contains) ?? true
        }
        var known: Set<Cell> = []
        return (product + included)
            .map { Cell(scenario.parameters.merging($0) { _, varied in varied }).withoutIdleSettings }
            .filter { cell in !scenario.exclude.contains { cell.matches($0) } && known.insert(cell).inserted }
    }
}

extension Contender {
    /// The contender of that mode number; nil if there is no such mode.
    static func mode(number: Int) -> Contender? { ForkMode(rawValue: number).map(Contender.mode) }
}
