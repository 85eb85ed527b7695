/// What a process keeps in its heap: items that carry the mark of their last writer.
///
/// A forking process and its children do the same with them in every workload: the phases.
protocol HeapContents {
    /// The number of items.
    var count: Int { get }

    /// The address of an item, to check whether it lies in the pool.
    func address(_ index: Int) -> UnsafeRawPointer?

    /// Called in a child at its beginning, or in its parent just before it forks: the same items with the child's own records, as
    /// of fork `epoch` (from 1, over all forks of its ancestors). nil if there is no memory for it.
    func inherited(epoch: Int) -> Self?

    /// Gives up this process's mapping of the records, not the items.
    func discard()

    /// Rewrites every item in `range` in place, as `owner` in `generation`.
    func rewrite(_ range: Range<Int>, owner: UInt16, generation: UInt16)

    /// Frees every item in `range` and allocates it again; false if malloc returns NULL.
    func reallocate(_ range: Range<Int>, owner: UInt16, generation: UInt16) -> Bool

    /// Reads every word of the items in `range` and reports what they contain.
    func verify(_ range: Range<Int>) -> Findings
}

extension HeapContents {
    func discard() {}
}

/// The outcome of verifying items.
struct Findings {
    /// Items with the right contents.
    var intact: UInt64 = 0
    /// Items with contents that another process wrote, or this one at another time: isolation is broken.
    var foreign: UInt64 = 0
    /// Items with any other contents.
    var corrupt: UInt64 = 0

    /// Adds the findings of another range.
    mutating func add(_ other: Findings) {
        intact += other.intact
        foreign += other.foreign
        corrupt += other.corrupt
    }
}

/// The items that a parent and its children rewrite: runs of equal length. The first child's run overlaps
/// the parent's by half, each further one follows the previous one, wrapping around if necessary.
///
/// Neighbours in the order of allocation share pages, so a share of the items is a share of the pages.
struct Shares {
    /// The parent's share.
    let parent: Range<Int>
    private let count: Int

    init(count: Int, share: Double) {
        self.count = count
        parent = 0..<min(count, Int((Double(count) * share).rounded()))
    }

    /// The share of child `index`, from 0.
    func child(_ index: Int) -> Range<Int> {
        let length = parent.count
        let places = count - length + 1
        let first = index == 0 ? min(length / 2, count - length) : (length / 2 + index * length) % places
        return first..<(first + length)
    }
}
