import CProcess
import Glibc
import LabBase
import WorkloadBase

/// One allocating thread. Its state is outside the heap.
struct AllocationWorker {
    private struct State {
        var blocks: UnsafeMutablePointer<UnsafeMutableRawPointer?>
        var count: Int
        var seed: UInt64
        var nanoseconds: UInt64
        var operations: UInt64 = 0
        var elapsed: UInt64 = 1
        var refusals = 0
    }

    private let state: UnsafeMutablePointer<State>
    /// A whole page each, so that threads share no cache line.
    private static let stateSize = 4096

    init(liveBlocks: Int, seed: UInt64, nanoseconds: UInt64) throws(SystemCallError) {
        let blockBytes = liveBlocks * MemoryLayout<UnsafeMutableRawPointer?>.stride
        guard let memory = cp_map_anonymous(Self.stateSize + blockBytes, false) else {
            throw SystemCallError("map the state of a thread")
        }
        state = memory.bindMemory(to: State.self, capacity: 1)
        let blocks = (memory + Self.stateSize).bindMemory(
            to: UnsafeMutableRawPointer?.self, capacity: liveBlocks)
        state.initialize(to: State(blocks: blocks, count: liveBlocks, seed: seed, nanoseconds: nanoseconds))
    }

    /// Pairs of malloc and free per second.
    var operationsPerSecond: Double {
        Double(state.pointee.operations) * 1e9 / Double(state.pointee.elapsed)
    }

    /// How many times malloc returned NULL.
    var refusals: Int { state.pointee.refusals }

    /// The address of a live block, to check where it lies.
    var someBlock: UInt { UInt(bitPattern: state.pointee.blocks[0]) }

    func start() throws(SystemCallError) -> pthread_t {
        try WorkerThread.start(on: state) { argument in
            AllocationWorker.work(argument!.assumingMemoryBound(to: State.self))
            return nil
        }
    }

    func discard() {
        for index in 0..<state.pointee.count { free(state.pointee.blocks[index]) }
    }

    private static func work(_ state: UnsafeMutablePointer<State>) {
        var random = SeededGenerator(seed: state.pointee.seed)
        let blocks = state.pointee.blocks
        let count = UInt64(state.pointee.count)
        var refusals = 0
        for index in 0..<Int(count) { blocks[index] = allocate(random.next(), &refusals) }
        let begin = Clock.nanoseconds
        var now = begin
        var operations: UInt64 = 0
        while now - begin < state.pointee.nanoseconds {
            for _ in 0..<4096 {
                let number = random.next()
                let index = Int((number >> 32) % count)
                free(blocks[index])
                blocks[index] = allocate(number, &refusals)
            }
            operations += 4096
            now = Clock.nanoseconds
        }
        state.pointee.operations = operations
        state.pointee.elapsed = now - begin
        state.pointee.refusals = refusals
    }

    @inline(__always)
    private static func allocate(_ number: UInt64, _ refusals: inout Int) -> UnsafeMutableRawPointer? {
        let highest: UInt64 = number & 3 == 0 ? 512 : 64
        let block = malloc(16 + Int((number >> 2) % (highest - 15)))
        if let block { block.storeBytes(of: number, as: UInt64.self) } else { refusals += 1 }
        return block
    }
}
