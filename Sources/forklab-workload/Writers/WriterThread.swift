import CProcess
import Glibc
import LabBase
import Synchronization
import WorkloadBase

/// A thread that rewrites its own blocks, one after the other, as fast as it can; for each it allocates and
/// frees another one of the same size.
struct WriterThread: @unchecked Sendable {
    /// State outside the heap, private to the process.
    private struct State: ~Copyable {
        let rewritten = Atomic<Int>(0)
        let refusals = Atomic<Int>(0)
        let shouldStop = Atomic<Bool>(false)
    }

    /// The blocks that it rewrites.
    let blocks: BlockTable
    private let state: UnsafeMutablePointer<State>

    /// A thread that will write to `blocks`, which must not be empty. Throws `SystemCallError`.
    init(_ blocks: BlockTable) throws(SystemCallError) {
        guard let memory = cp_map_anonymous(MemoryLayout<State>.size, false) else {
            throw SystemCallError("map the state of a thread")
        }
        self.blocks = blocks
        state = memory.bindMemory(to: State.self, capacity: 1)
        state.initialize(to: State())
    }

    /// Blocks rewritten so far. Safe in any thread.
    var rewritten: Int { state.pointee.rewritten.load(ordering: .relaxed) }

    /// How many times malloc returned NULL. Safe in any thread.
    var refusals: Int { state.pointee.refusals.load(ordering: .relaxed) }

    func start() throws(SystemCallError) -> pthread_t {
        try WorkerThread.start { [self] in work() }
    }

    func stop() { state.pointee.shouldStop.store(true, ordering: .relaxed) }

    private func work() {
        var generation: UInt16 = 0
        while true {
            generation &+= 1
            for index in 0..<blocks.count {
                if state.pointee.shouldStop.load(ordering: .relaxed) { return }
                blocks.rewrite(
                    index..<(index + 1), owner: Generation<BlockTable>.firstOwner, generation: generation)
                if let other = malloc(blocks.bytes(index)) {
                    other.storeBytes(of: generation, as: UInt16.self)
                    free(other)
                } else {
                    state.pointee.refusals.wrappingAdd(1, ordering: .relaxed)
                }
                state.pointee.rewritten.wrappingAdd(1, ordering: .relaxed)
            }
        }
    }
}
