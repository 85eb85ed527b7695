import Measurement

/// What the pairs that the workload `snapshot` counted say of the moment of a child's heap.
struct SnapshotAnswer {
    private let tallies: [PairTally]

    init(_ tallies: [PairTally]) { self.tallies = tallies }

    /// The answer about one of the two properties that it decides.
    func answer(_ property: SemanticProperty) -> PropertyAnswer {
        let own = tallies.filter { $0.pair.liesInHeap == (property == .heapOfOneMoment) }
        guard let worst = own.max(by: { $0.torn < $1.torn }), own.allSatisfy({ $0.snapshots > 0 }) else {
            return PropertyAnswer(property, .undecided, "the workload snapshot counted nothing")
        }
        guard worst.torn > 0 else { return PropertyAnswer(property, .yes) }
        return PropertyAnswer(
            property, .no, "torn in \(worst.torn) of \(worst.snapshots) children (\(worst.pair.rawValue))")
    }
}
