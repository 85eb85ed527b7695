import WorkloadSchema

/// What the pairs that the workload `snapshot` counted say about the moment that a child's heap shows.
struct SnapshotAnswer {
    private let tallies: [PairTally]
    /// Why a yes would prove nothing; nil if it would prove something.
    private let objection: String?

    /// Evaluates the report of that workload; nil if it gave none.
    init(_ report: WorkloadReport?) {
        tallies = report?.pairs ?? []
        let broken = report?.verdicts.first { [.broken, .unknown].contains($0.outcome) }
        objection = broken.map { "\($0.check.rawValue): \($0.detail)" }
    }

    /// The answer about one of the two properties that it decides.
    func answer(_ property: SemanticProperty) -> PropertyAnswer {
        let own = tallies.filter { $0.pair.liesInHeap == (property == .heapOfOneMoment) }
        guard let worst = own.max(by: { $0.torn < $1.torn }), own.allSatisfy({ $0.snapshots > 0 }) else {
            return PropertyAnswer(property, .undecided, "the workload snapshot counted nothing")
        }
        guard worst.torn == 0 else {
            let words = "torn in \(worst.torn) of \(worst.snapshots) children (\(worst.pair.rawValue))"
            return PropertyAnswer(property, .no, words)
        }
        return PropertyAnswer(property, objection == nil ? .yes : .undecided, objection ?? "")
    }
}
