import Testing

@testable import forklab_workload

@Suite("What the workloads keep in the heap") struct HeapContentsTests {
    private func table() throws -> BlockTable {
        var table = try BlockTable(capacity: 10_000)
        let live = table.fill(
            bytes: 100_000, distribution: try #require(SizeDistribution("small")), seed: 1, owner: 1)
        #expect(live >= 100_000)
        return table
    }

    @Test("Blocks that no known process has written are corrupt, and not whole")
    func scribbled() throws {
        let table = try table()
        #expect(table.wholeBlocks == table.count)
        table.scribble(over: 3)
        #expect(table.wholeBlocks == table.count - 3)
        let findings = table.verify(0..<table.count)
        #expect(findings.corrupt == 3 && findings.foreign == 0 && Int(findings.intact) == table.count - 3)
    }

    @Test("Blocks of another owner or generation are foreign")
    func foreign() throws {
        let table = try table()
        let child = try #require(table.inherited(epoch: 1))
        child.rewrite(5..<9, owner: 2, generation: 1)
        #expect(table.verify(0..<table.count).foreign == 4)
        #expect(child.verify(0..<table.count).intact == UInt64(table.count))
    }

    @Test("A child treats values as foreign that the parent writes to the store after its birth")
    func store() throws {
        let store = try Store(
            bytes: 100_000, distribution: try #require(SizeDistribution("small")), seed: 1)
        #expect(store.set(3) && store.get(3))
        let child = try #require(store.inherited(epoch: 1))
        #expect(child.verify(0..<store.count).foreign == 0)
        // The parent counts the fork; values that it sets from then on are not part of the snapshot.
        #expect(store.around(quiesced: true) { 1 } == 1)
        #expect(store.set(3) && store.set(7))
        #expect(child.verify(0..<store.count).foreign == 2)
        #expect(store.verify(0..<store.count).intact == UInt64(store.count))
        // Values that the child writes are foreign to the parent, and no longer those that it set.
        child.rewrite(0..<2, owner: 2, generation: 0)
        #expect(store.verify(0..<store.count).foreign == 2 && !store.get(0) && store.get(7))
    }

    @Test("Each fork of a tree has its own place and number")
    func places() throws {
        var settings = ForkFamily.Settings()
        settings.rounds = 2
        settings.depth = 3
        settings.width = 2
        let family = try ForkFamily(settings, pool: nil)
        var indices: [Int] = []
        for round in 1...2 {
            for depth in 1...3 {
                var numbers: [Int] = []
                for number in 0..<(1 << (depth - 1)) {
                    for child in 0..<2 {
                        let place = GenerationPlace(round: round, depth: depth, number: number)
                        indices.append(family.index(place, child: child))
                        numbers.append(family.forkNumber(place, child: child))
                    }
                }
                let before = (round - 1) << depth
                #expect(numbers == Array((before + 1)...(before + 1 << depth)))
            }
        }
        #expect(indices == Array(0..<28) && family.records.count == 28)
    }

    @Test("Shares are equally long and lie within the items", arguments: [0, 0.1, 0.5, 0.9, 1])
    func shares(share: Double) {
        let shares = Shares(count: 100, share: share)
        for child in 0..<50 {
            let range = shares.child(child)
            #expect(range.count == shares.parent.count && range.lowerBound >= 0 && range.upperBound <= 100)
        }
        #expect(share == 0 || shares.child(0).overlaps(shares.parent))
    }
}
