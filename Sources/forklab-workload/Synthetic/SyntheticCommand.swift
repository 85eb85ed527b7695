import ArgumentParser
import CommandLineTool
import Glibc
import LabBase
import WorkloadBase
import WorkloadSchema

/// `forklab-workload synthetic`: reports an invented fork stall, so that forklab's conclusions from it can be checked.
struct SyntheticCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "synthetic",
        abstract: "Report a fork stall drawn from a known distribution; nothing forks.",
        discussion: """
            The distribution is log-normal. A run of many trials must find its median within the interval that \
            it reports, and compare must tell two medians apart.
            """)

    @Option("stall_us", of: .synthetic, help: "Median of the stall in microseconds.")
    var stallUs: Int

    @Option(
        "spread", of: .synthetic,
        help:
            "Standard deviation of the stall's logarithm, 0 to 1: about the spread as a share of the median.")
    var spread: Double

    @Option(
        help: "Seed; mixed with the time, since all trials have the same seed (default: 1).",
        transform: NumberArgument.wholeNumber)
    var seed: UInt64 = 1

    @OptionGroup var reporting: ReportOptions

    func run() throws {
        var random = SeededGenerator(seed: seed &+ Clock.nanoseconds)
        let stall = Double(stallUs) * 1000 * exp(spread * Self.normal(&random))
        var report = reporting.makeReport(workload: "synthetic")
        report.timings = [
            .init(
                phase: .forkStall, fork: 1, depth: 1, nanoseconds: UInt64(stall), minorFaults: 0,
                majorFaults: 0)
        ]
        report.complete = true
        try reporting.emit(report)
    }

    /// Draws a standard normal number: Box and Muller (1958).
    private static func normal(_ random: inout SeededGenerator) -> Double {
        func uniform() -> Double { (Double(random.next() >> 11) + 0.5) / 0x1p53 }
        return (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
    }
}
