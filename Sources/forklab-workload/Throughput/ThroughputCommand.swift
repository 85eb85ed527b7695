import ArgumentParser
import CommandLineTool
import CProcess
import Glibc
import Measurement
import WorkloadBase
import WorkloadSchema

/// `forklab-workload throughput`: pairs of malloc and free, as fast as possible.
struct ThroughputCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughput",
        abstract:
            "Free and allocate small blocks for a while; report pairs of malloc and free per second.",
        discussion: """
            Each thread keeps a working set of live blocks, picks one at random, frees it and allocates another \
            of a random size, 16 to 512 bytes, in three cases out of four at most 64 bytes.
            """)

    @Option("threads", of: .throughput, help: "Threads that allocate at the same time.")
    var threads: Int

    @Option("live_blocks", of: .throughput, help: "Live blocks of each thread.")
    var liveBlocks: Int

    @Option(
        "duration", of: .throughput,
        help: "Milliseconds that each thread runs after its working set is complete.")
    var duration: Int

    @Option(help: "Seed for sizes and choices (default: 1).", transform: NumberArgument.wholeNumber)
    var seed: UInt64 = 1

    @OptionGroup var reporting: ReportOptions

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
