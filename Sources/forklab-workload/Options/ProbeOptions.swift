import ArgumentParser
import WorkloadBase
import WorkloadSchema

/// Options of the probes beside a workload.
struct ProbeOptions: ParsableArguments {
    @Option(
        help: """
            How often a second two more threads, one that allocates and one that computes, look whether they \
            are held up; 0: there are no such threads. Unless told, writers have \(WorkloadKind.writers.stallRate). \
            (default: \(WorkloadKind.heap.stallRate))
            """)
    var stallRate: Int?

    @Option(
        "lead", of: .heap, help: "Milliseconds that the probes run before each fork and after the last child."
    )
    var lead: Int

    @Option(
        help: "Seconds that the probes have room for; \"forklab run\" gives the timeout of a trial.")
    var longestRun: Int = 60

    /// The rate that is given, or that of the workload.
    func stallRate(of kind: WorkloadKind) -> Int { stallRate ?? kind.stallRate }

    func validate() throws {
        if let stallRate, !(0...100_000).contains(stallRate) {
            throw ValidationError("--stall-rate is \(stallRate); give a number from 0 to 100000")
        }
        try OptionRange.checkCounts([("--lead", lead, 60_000), ("--longest-run", longestRun, 1_000_000)])
    }
}

extension WorkloadKind {
    /// The rate of the stall probe where none is given.
    fileprivate var stallRate: Int { defaultValue(of: "stall_rate") }
}
