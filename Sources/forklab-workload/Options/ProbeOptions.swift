import ArgumentParser
import CommandLineTool
import WorkloadBase
import WorkloadSchema

/// Options of the probes beside a workload.
struct ProbeOptions: ParsableArguments {
    @Option(
        help: """
            How many times per second two more threads, one that allocates and one that computes, check whether they \
            are held up; 0: no such threads. By default writers have \(WorkloadKind.writers.stallRate). \
            (default: \(WorkloadKind.heap.stallRate))
            """, transform: { try WorkloadKind.heap.value(of: "stall_rate", $0) })
    var stallRate: Int?

    @Option(
        "lead", of: .heap, help: "Milliseconds that the probes run before each fork and after the last child."
    )
    var lead: Int

    @Option(
        help:
            "Seconds for which the probes have room; \"forklab run\" passes the timeout of a trial (default: 60).",
        transform: { try NumberArgument.wholeNumber($0, in: 1...1_000_000) })
    var longestRun: Int = 60

    /// The given rate, or the default of the workload.
    func stallRate(of kind: WorkloadKind) -> Int { stallRate ?? kind.stallRate }
}

extension WorkloadKind {
    /// The default rate of the stall probe.
    fileprivate var stallRate: Int { defaultValue(of: "stall_rate") }
}
