import CProcess
import Glibc
import LabBase
import Synchronization
import WorkloadBase
import WorkloadSchema

/// A thread that endlessly stores the time to the first word of each of its pairs, then to the second.
struct PairWriter {
    /// Two words, in the order of the stores.
    private struct Pair {
        let first: UnsafeMutablePointer<Atomic<UInt64>>
        let second: UnsafeMutablePointer<Atomic<UInt64>>

        init(_ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer) {
            self.first = first.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
            self.second = second.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
            self.first.initialize(to: Atomic(0))
            self.second.initialize(to: Atomic(0))
        }
    }

    /// The thread's working data, outside the heap.
    private struct State: ~Copyable {
        let pairs: UnsafeMutableBufferPointer<Pair>
        let rounds = Atomic<UInt64>(0)
        let isToStop = Atomic<Bool>(false)
    }

    /// The maximum number of writers: each has a page in either block and a few words of .bss.
    static let most = 16
    private static let pageSize = 4096
    private static let globalWords = CP_GLOBAL_WORDS / Int32(most)
    private let state: UnsafeMutablePointer<State>

    /// Writer `index`, whose pairs lie in `low` and `high`, blocks at the ends of the heap, and in .bss.
    init(index: Int, low: UnsafeMutableRawPointer, high: UnsafeMutableRawPointer) throws(SystemCallError) {
        let capacity = PairPlacement.allCases.count
        let pairBytes = capacity * MemoryLayout<Pair>.stride
        guard let memory = cp_map_anonymous(MemoryLayout<State>.size + 64 + pairBytes, false) else {
            throw SystemCallError("map the state of a thread")
        }
        let pairs = memory.bindMemory(to: Pair.self, capacity: capacity)
        state = (memory + (pairBytes + 63) / 64 * 64).bindMemory(to: State.self, capacity: 1)
        let lowPage = low + index * Self.pageSize
        let highPage = high + index * Self.pageSize
        let globals = UnsafeMutableRawPointer(cp_global_words() + index * Int(Self.globalWords))
        for (position, placement) in PairPlacement.allCases.enumerated() {
            // A cache line for each word.
            let line = position * 64
            let pair =
                switch placement {
                case .nearAscending: Pair(lowPage + line, lowPage + 2048 + line)
                case .nearDescending: Pair(lowPage + 2048 + line, lowPage + line)
                case .farAscending: Pair(lowPage + line, highPage + line)
                case .farDescending: Pair(highPage + line, lowPage + line)
                case .lowHeapToGlobal: Pair(lowPage + line, globals + line)
                case .highHeapToGlobal: Pair(highPage + line, globals + line)
                case .globalToHeap: Pair(globals + line, lowPage + line)
                // The thread itself finds the place on its stack.
                case .lowHeapToStack, .stackToHeap: Pair(lowPage + line, lowPage + line)
                }
            (pairs + position).initialize(to: pair)
        }
        state.initialize(to: State(pairs: UnsafeMutableBufferPointer(start: pairs, count: capacity)))
    }

    /// How many times it has stored to all its pairs.
    var rounds: UInt64 { state.pointee.rounds.load(ordering: .relaxed) }

    /// By how much the second word of the pair is newer than the first, nanoseconds; 0 if it is not. To be called in the
    /// child, which has no such thread, so that the words do not change.
    func lag(_ position: Int) -> UInt64 {
        let pair = state.pointee.pairs[position]
        let second = pair.second.pointee.load(ordering: .acquiring)
        let first = pair.first.pointee.load(ordering: .acquiring)
        return second > first ? second - first : 0
    }

    func start() throws(SystemCallError) -> pthread_t {
        try WorkerThread.start(on: state) { argument in
            PairWriter.work(argument!.assumingMemoryBound(to: State.self))
            return nil
        }
    }

    func stop() { state.pointee.isToStop.store(true, ordering: .relaxed) }

    private static func work(_ state: UnsafeMutablePointer<State>) {
        // Up to a KiB is allocated on the stack, but anything aligned to more than 16 bytes comes from the heap.
        withUnsafeTemporaryAllocation(byteCount: 192, alignment: 16) { memory in
            let pairs = state.pointee.pairs
            let stack = memory.baseAddress!.alignedUp(toMultipleOf: 64)
            var near = 0
            let distance = withUnsafeMutablePointer(to: &near) { UnsafeMutableRawPointer($0) - stack }
            precondition(abs(distance) < 1 << 16, "this is not the stack")
            for (position, placement) in PairPlacement.allCases.enumerated() {
                let inHeap = UnsafeMutableRawPointer(pairs[position].first)
                switch placement {
                case .lowHeapToStack: pairs[position] = Pair(inHeap, stack)
                case .stackToHeap: pairs[position] = Pair(stack + 64, inHeap)
                default: break
                }
            }
            writeAll(state)
        }
    }

    private static func writeAll(_ state: UnsafeMutablePointer<State>) {
        var last: UInt64 = 0
        while !state.pointee.isToStop.load(ordering: .relaxed) {
            let now = max(Clock.nanoseconds, last + 1)
            for pair in state.pointee.pairs {
                pair.first.pointee.store(now, ordering: .releasing)
                pair.second.pointee.store(now, ordering: .releasing)
            }
            state.pointee.rounds.wrappingAdd(1, ordering: .relaxed)
            last = now
        }
    }
}
