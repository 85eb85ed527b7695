import ArgumentParser
import CProcess
import Glibc
import Measurement

/// `forklab-workload throughput`: pairs of malloc and free, as fast as they go.
struct ThroughputCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughput",
        abstract:
            "Free and allocate blocks of small sizes for a while; report pairs of malloc and free a second.",
        discussion: """
            Each thread keeps a working set of live blocks, picks one at random, frees it and allocates another \
            of a random size, 16 to 512 bytes, 64 bytes and less in three of four.
            """)

    @Option(help: "Threads that allocate at the same time.")
    var threads: Int = 1

    @Option(help: "Live blocks of each thread.")
    var liveBlocks: Int = 10_000

    @Option(help: "Milliseconds that each thread runs after its working set is complete.")
    var duration: Int = 1000

    @Option(help: "Seed of sizes and choices.")
    var seed: UInt64 = 1

    @OptionGroup var reporting: ReportOptions

    func validate() throws {
        try OptionRange.checkCounts([
            ("--threads", threads, 256), ("--live-blocks", liveBlocks, 100_000_000),
            ("--duration", duration, 3_600_000),
        ])
    }

    func run() throws {
        _ = cp_die_with_parent()
        var report = reporting.makeReport(workload: "throughput")
        let workers = try (0..<threads).map { index in
            try AllocationWorker(
                liveBlocks: liveBlocks, seed: seed &+ UInt64(index) &* 7919,
                nanoseconds: UInt64(duration) * 1_000_000)
        }
        let handles = try workers.map { try $0.start() }
        for handle in handles { pthread_join(handle, nil) }
        report.operationsPerSecond = workers.reduce(0) { $0 + $1.operationsPerSecond }
        report.liveBlocks = Int64(threads * liveBlocks)
        try judge(&report, workers)
        report.complete = true
        try reporting.emit(report)
        for worker in workers { worker.discard() }
    }

    private func judge(_ report: inout WorkloadReport, _ workers: [AllocationWorker]) throws {
        let refusals = workers.reduce(0) { $0 + $1.refusals }
        let refused = refusals == 0 ? "" : "malloc returned NULL \(refusals) times"
        report.note((.filled, refusals == 0 ? .held : .broken, refused), fork: 0, depth: 0)
        let mappings = try MemoryMapping.read(process: getpid())
        let placements = workers.map { HeapPlacement(of: $0.someBlock, in: mappings) }
        report.placement = placements.first ?? nil
        report.note(
            HeapVerdicts.inPool(placements, try PoolExpectation.fromEnvironment()), fork: 0, depth: 0)
    }
}

/// One allocating thread. Its state lies outside the heap.
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
    /// Pages of their own, so that threads share no cache line.
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

    /// Pairs of malloc and free a second.
    var operationsPerSecond: Double {
        Double(state.pointee.operations) * 1e9 / Double(state.pointee.elapsed)
    }

    /// How often malloc returned NULL.
    var refusals: Int { state.pointee.refusals }

    /// The address of a live block, to see where it lies.
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
