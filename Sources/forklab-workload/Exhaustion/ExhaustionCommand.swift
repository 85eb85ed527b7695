import ArgumentParser
import CommandLineTool
import CProcess
import Glibc
import Measurement
import WorkloadBase
import WorkloadSchema

/// `forklab-workload exhaustion`: how much of a pool is usable before malloc returns NULL.
struct ExhaustionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exhaustion",
        abstract: "Fill the pool until malloc returns NULL; report the share of it that blocks used.",
        discussion: """
            It measures three times: in a fresh pool; after a long run in which random blocks are freed and others allocated, \
            with the pool full all the time; and after everything was freed. The bytes that were asked for count, not what \
            they were rounded up to. It needs a pool: without one it would take all memory.
            """)

    @Option(help: "Pool size in bytes, or with K, M, G.")
    var poolSize: SizeArgument

    @Option(
        "distribution", of: .exhaustion, help: "Sizes of the blocks: small, mixed, large, or a list of sizes."
    )
    var distribution: SizeDistribution

    @Option(
        "turns", of: .exhaustion,
        help: "How much the random run allocates, in multiples of the pool's size.")
    var turns: Int

    @Option(help: "Seed for sizes and choices (default: 1).", transform: NumberArgument.wholeNumber)
    var seed: UInt64 = 1

    @OptionGroup var reporting: ReportOptions

    func run() throws {
        _ = cp_die_with_parent()
        guard let pool = try PoolExpectation.fromEnvironment() else {
            throw ValidationError("there is no pool to exhaust: VMMALLOC_POOL_DIR is not set")
        }
        var report = reporting.makeReport(workload: "exhaustion")
        var heap = try FullHeap(poolSize: poolSize.bytes, sizes: distribution, seed: seed)
        let sample = malloc(100)
        let placement = HeapPlacement(
            of: UInt(bitPattern: sample), in: try MemoryMapping.read(process: getpid()))
        report.placement = placement
        report.note(HeapVerdicts.inPool([placement], pool), fork: 0, depth: 0)
        guard placement?.isPool(in: pool.directory) == true else { return try reporting.emit(report) }
        let size = Double(poolSize.bytes)
        heap.fill()
        let fresh = Double(heap.liveBytes) / size
        heap.churn(bytes: turns * poolSize.bytes)
        heap.fill()
        let afterRun = Double(heap.liveBytes) / size
        heap.empty()
        heap.fill()
        report.usableShares = .init(
            fresh: fresh, afterRun: afterRun, afterFree: Double(heap.liveBytes) / size)
        heap.empty()
        free(sample)
        report.complete = true
        try reporting.emit(report)
    }
}
