/// What a process keeps in its heap: items that carry the mark of who wrote them last.
///
/// A process that forks, and the children it forks, do the same with them in every workload: the phases.
protocol HeapContents {
    /// Number of items.
    var count: Int { get }

    /// Where an item lies, to see whether it lies in the pool.
    func address(_ index: Int) -> UnsafeRawPointer?

    /// For a child, at its beginning: the same items with what it must know of them for itself, as it came
    /// to be at fork `epoch` (from 1, over all forks of its ancestors). nil if there is no memory for it.
    func inherited(epoch: Int) -> Self?

    /// Rewrites every item of `range` in place, as `owner` in `generation`.
    func rewrite(_ range: Range<Int>, owner: UInt16, generation: UInt16)

    /// Frees every item of `range` and allocates it again; false if malloc says no.
    func reallocate(_ range: Range<Int>, owner: UInt16, generation: UInt16) -> Bool

    /// Reads every word of the items of `range` and says what they hold.
    func verify(_ range: Range<Int>) -> Findings
}

/// What the verification of items found.
struct Findings {
    /// Items that hold what they must.
    var intact: UInt64 = 0
    /// Items that hold what another process wrote, or this one at another time: isolation is broken.
    var foreign: UInt64 = 0
    /// Items that hold anything else.
    var corrupt: UInt64 = 0

    /// Adds another range's findings.
    mutating func add(_ other: Findings) {
        intact += other.intact
        foreign += other.foreign
        corrupt += other.corrupt
    }
}

/// The items that a parent and its children rewrite: runs of equal length. That of the first child overlaps
/// the parent's by half, each further one follows the one before, around the end if need be.
///
/// Neighbours in the order of allocation share pages, so a share of the items is a share of the pages.
struct Shares {
    /// The parent's.
    let parent: Range<Int>
    private let count: Int

    init(count: Int, share: Double) {
        self.count = count
        parent = 0..<min(count, Int((Double(count) * share).rounded()))
    }

    /// That of child `index`, from 0.
    func child(_ index: Int) -> Range<Int> {
        let length = parent.count
        let places = count - length + 1
        let first = index == 0 ? min(length / 2, count - length) : (length / 2 + index * length) % places
        return first..<(first + length)
    }
}
