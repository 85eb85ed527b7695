import ArgumentParser
import WorkloadBase

/// Options of the probes beside a workload.
struct ProbeOptions: ParsableArguments {
    @Option(
        help: """
            How often a second two more threads, one that allocates and one that computes, look whether they \
            are held up; 0: there are no such threads.
            """)
    var stallRate: Int = 0

    @Option(help: "Milliseconds that the probes run before each fork and after the last child.")
    var lead: Int = 200

    @Option(help: "Seconds that the probes have room for; \"forklab run\" gives the timeout of a trial.")
    var longestRun: Int = 60

    func validate() throws {
        guard (0...100_000).contains(stallRate) else {
            throw ValidationError("--stall-rate is \(stallRate); give a number from 0 to 100000")
        }
        try OptionRange.checkCounts([("--lead", lead, 60_000), ("--longest-run", longestRun, 1_000_000)])
    }
}
