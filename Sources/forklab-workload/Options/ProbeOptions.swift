import ArgumentParser
import WorkloadBase
import WorkloadSchema

/// Options of the probes beside a workload.
struct ProbeOptions: ParsableArguments {
    @Option(
        help: """
            How many times per second two more threads, one that allocates and one that computes, check whether they \
            are held up; 0: no such threads. By default writers have \(WorkloadKind.writers.stallRate). \
            (default: \(WorkloadKind.heap.stallRate))
            """)
    var stallRate: Int?

    @Option(
        "lead", of: .heap, help: "Milliseconds that the probes run before each fork and after the last child."
    )
    var lead: Int

    @Option(
        help: "Seconds for which the probes have room; \"forklab run\" passes the timeout of a trial.")
    var longestRun: Int = 60

    /// The given rate, or the default of the workload.
    func stallRate(of kind: WorkloadKind) -> Int { stallRate ?? kind.stallRate }

    func validate() throws {
        if let stallRate, !(0...100_000).contains(stallRate) {
            throw ValidationError("--stall-rate is \(stallRate); give a number from 0 to 100000")
        }
        try OptionRange.checkCounts([("--lead", lead, 60_000), ("--longest-run", longestRun, 1_000_000)])
    }
}

extension WorkloadKind {
    /// The default rate of the stall probe.
    fileprivate var stallRate: Int { defaultValue(of: "stall_rate") }
}
