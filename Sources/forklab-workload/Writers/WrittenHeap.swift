import CProcess
import LabBase
import WorkloadSchema

/// A heap with one part at rest, and one that threads of the parent write to.
///
/// The part at rest goes through the phases. In the other, each child counts the blocks that it finds half-written.
/// Each thread can have been in the middle of one; more means that the heap does not show one moment.
struct WrittenHeap: HeapContents {
    let resting: BlockTable
    let writers: [WriterThread]
    /// The counts of each fork, by its epoch from 1; shared by all processes.
    private let counts: UnsafeMutablePointer<TornBlocks>

    /// A heap with room for the counts of `forks` forks. Throws `SystemCallError`.
    init(resting: BlockTable, writers: [WriterThread], forks: Int) throws(SystemCallError) {
        guard let memory = cp_map_anonymous((forks + 1) * MemoryLayout<TornBlocks>.stride, true) else {
            throw SystemCallError("map the counts of \(forks) forks")
        }
        counts = memory.bindMemory(to: TornBlocks.self, capacity: forks + 1)
        counts.initialize(repeating: TornBlocks(), count: forks + 1)
        self.resting = resting
        self.writers = writers
    }

    /// The total counts of the children of the first `forks` forks.
    func tornBlocks(forks: Int) -> TornBlocks {
        (1...forks).reduce(into: TornBlocks()) { $0.add(counts[$1]) }
    }

    var count: Int { resting.count }
    func address(_ index: Int) -> UnsafeRawPointer? { resting.address(index) }

    func inherited(epoch: Int) -> WrittenHeap? {
        for writer in writers {
            let torn = writer.blocks.count - writer.blocks.wholeBlocks
            counts[epoch].add(TornBlocks(seen: writer.blocks.count, torn: max(0, torn - 1)))
        }
        guard let resting = resting.inherited(epoch: epoch) else { return nil }
        return WrittenHeap(resting, self)
    }

    private init(_ resting: BlockTable, _ parent: WrittenHeap) {
        self.resting = resting
        writers = parent.writers
        counts = parent.counts
    }

    func rewrite(_ range: Range<Int>, owner: UInt16, generation: UInt16) {
        resting.rewrite(range, owner: owner, generation: generation)
    }

    func reallocate(_ range: Range<Int>, owner: UInt16, generation: UInt16) -> Bool {
        resting.reallocate(range, owner: owner, generation: generation)
    }

    func verify(_ range: Range<Int>) -> Findings { resting.verify(range) }
}
