import Glibc
import Measurement
import Testing

@testable import ForkLab

/// The workloads as they were built, run as a user would.
enum BuiltWorkload {
    /// The folder of the built products: that of the test bundle.
    static func folder() throws -> String {
        let mappings = try MemoryMapping.read(process: getpid())
        let bundle = try #require(mappings.first { $0.path.hasSuffix("PackageTests.xctest") }?.path)
        return RealPath.folder(of: bundle)
    }

    /// Runs a workload to its end. Ends in a failed test if it reports nothing.
    static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (WorkloadReport, ChildProcess.Result) {
        let result = try ChildProcess(
            executable: try folder() + "/forklab-workload", arguments: arguments + ["--report-fd", "3"],
            environment: TrialEnvironment.plain.merging(environment) { _, new in new },
            timeout: 600_000_000_000, outputDescriptor: 3
        ).run(interruption: nil)
        let report = try #require(WorkloadReport.last(in: result.output), "\(result)")
        return (report, result)
    }

    /// Runs it with its heap in a pool.
    static func run(
        _ arguments: [String], mode: ForkMode, size: String = "64M"
    ) throws -> (WorkloadReport, ChildProcess.Result) {
        try run(
            arguments,
            environment: TrialEnvironment.preload(
                library: try folder() + "/libvmmalloc.so", directory: "/tmp", size: size, mode: mode))
    }
}

extension WorkloadReport {
    /// What did not hold, or could not be found out.
    var complaints: [String] {
        verdicts.filter { $0.outcome == .broken || $0.outcome == .unknown }
            .map { "\($0.check.rawValue) \($0.outcome.rawValue): \($0.detail)" }
    }

    /// The outcomes of a check, each once.
    func outcomes(_ check: Check) -> Set<Outcome> {
        Set(verdicts.filter { $0.check == check }.map(\.outcome))
    }
}
