/// Where the two words of a pair lie. A writer stores the time to the first word, then to the second: a
/// snapshot in which the second is newer than the first shows a state that never existed. The raw value is the
/// name in reports and scenarios.
public enum PairPlacement: String, Codable, CaseIterable, Sendable {
    /// One page of the heap, the first word at the lower address.
    case nearAscending = "near_ascending"
    /// One page of the heap, the first word at the higher address.
    case nearDescending = "near_descending"
    /// The first word at the low end of the heap, the second at its high end.
    case farAscending = "far_ascending"
    /// The first word at the high end of the heap, the second at its low end.
    case farDescending = "far_descending"
    /// The first word at the low end of the heap, the second in the program's .bss.
    case lowHeapToGlobal = "low_heap_to_global"
    /// The first word at the high end of the heap, the second in the program's .bss.
    case highHeapToGlobal = "high_heap_to_global"
    /// The first word in the program's .bss, the second in the heap.
    case globalToHeap = "global_to_heap"
    /// The first word at the low end of the heap, the second on the writer's stack.
    case lowHeapToStack = "low_heap_to_stack"
    /// The first word on the writer's stack, the second at the low end of the heap.
    case stackToHeap = "stack_to_heap"

    /// Whether both words lie in the heap.
    public var liesInHeap: Bool {
        switch self {
        case .nearAscending, .nearDescending, .farAscending, .farDescending: true
        case .lowHeapToGlobal, .highHeapToGlobal, .globalToHeap, .lowHeapToStack, .stackToHeap: false
        }
    }
}

/// What children saw of pairs with one placement.
public struct PairTally: Codable, Equatable, Sendable {
    /// The placement of the pairs.
    public let pair: PairPlacement
    /// The number of snapshots that were looked at: one per fork.
    public let snapshots: Int
    /// The number of snapshots in which the second word of some writer's pair was newer than the first.
    public let torn: Int
    /// The median over all snapshots of the nanoseconds between the two stores; 0 for a snapshot that is not torn.
    public let medianLag: UInt64
    /// The largest lag, nanoseconds.
    public let longestLag: UInt64

    /// Tallies snapshots by their largest lag in nanoseconds, 0 for one that is not torn.
    public init(pair: PairPlacement, lags: [UInt64]) {
        let sorted = lags.sorted()
        self.pair = pair
        snapshots = lags.count
        torn = lags.count { $0 > 0 }
        medianLag = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        longestLag = sorted.last ?? 0
    }

    /// Torn snapshots among a thousand; nil if none was looked at.
    public var tornPerThousand: Double? {
        snapshots > 0 ? Double(torn) * 1000 / Double(snapshots) : nil
    }
}
