import Testing

@testable import WorkloadSchema

@Suite("Counting torn snapshots") struct PairTallyTests {
    @Test("A snapshot is torn if its lag is above zero; the median includes intact ones")
    func counts() {
        let tally = PairTally(pair: .farAscending, lags: [0, 500, 0, 7, 9])
        #expect(tally.snapshots == 5 && tally.torn == 3)
        #expect(tally.medianLag == 7 && tally.longestLag == 500)
        #expect(tally.tornPerThousand == 600)
    }

    @Test("No snapshot, no rate")
    func none() {
        let tally = PairTally(pair: .nearAscending, lags: [])
        #expect(tally.tornPerThousand == nil && tally.medianLag == 0 && tally.longestLag == 0)
    }
}
