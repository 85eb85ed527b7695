import Glibc
import Testing

@testable import LabBase
@testable import LabProcess
@testable import LabRun
@testable import Measurement
@testable import WorkloadSchema

/// Runs the built workloads as a user would.
package enum BuiltWorkload {
    /// The folder of the built products, which is that of the test bundle.
    package static func folder() throws -> String {
        let mappings = try MemoryMapping.read(process: getpid())
        let bundle = try #require(mappings.first { $0.path.hasSuffix("PackageTests.xctest") }?.path)
        return RealPath.folder(of: bundle)
    }

    /// Runs a workload to its end. The test fails if it reports nothing.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (WorkloadReport, ChildProcess.Result) {
        let result = try ChildProcess(
            executable: try folder() + "/forklab-workload", arguments: arguments + ["--report-fd", "3"],
            environment: ProgramEnvironment.plain.merging(environment) { _, new in new },
            timeout: .seconds(600), outputDescriptor: 3
        ).run(interruption: nil)
        let report = try #require(WorkloadReport.last(in: result.output), "\(result)")
        return (report, result)
    }

    /// Runs a workload with its heap in a pool in `directory`; `settings` are further variables of the library.
    package static func run(
        _ arguments: [String], mode: ForkMode, size: String = "64M", directory: String = "/tmp",
        settings: [String: String] = [:]
    ) throws -> (WorkloadReport, ChildProcess.Result) {
        try run(
            arguments,
            environment: TrialEnvironment.preload(
                library: try folder() + "/libvmmalloc.so", directory: directory, size: size, mode: mode
            ).merging(settings) { _, own in own })
    }

    /// Decides one property with the heap in a pool on a tmpfs that is mounted just for it. Needs root.
    package static func decide(_ property: SemanticProperty, mode: ForkMode) throws -> PropertyAnswer {
        let place = try ScratchDirectory()
        let variables = TrialEnvironment.preload(
            library: try folder() + "/libvmmalloc.so", directory: place.path, size: "32M", mode: mode)
        let workload = [
            try folder() + "/forklab-workload", "semantics", "--property", property.rawValue,
            "--child-deadline", "300", "--report-fd", "3",
        ]
        let script = "mount -t tmpfs -o size=256m tmpfs \"$1\"; shift; exec env \"$@\""
        let result = try ChildProcess(
            executable: "/usr/bin/unshare",
            arguments: ["-m", "sh", "-ec", script, "sh", place.path]
                + variables.map { "\($0.key)=\($0.value)" } + workload,
            environment: ProgramEnvironment.plain, timeout: .seconds(600), outputDescriptor: 3
        ).run(interruption: nil)
        let line = try #require(result.output.split(separator: "\n").last.map(String.init), "\(result)")
        return try JSONLine.decode(PropertyAnswer.self, from: line)
    }
}

extension WorkloadReport {
    /// The checks that did not hold, or could not be decided.
    package var complaints: [String] {
        verdicts.filter { $0.outcome == .broken || $0.outcome == .unknown }
            .map { "\($0.check.rawValue) \($0.outcome.rawValue): \($0.detail)" }
    }

    /// The outcomes of a check, each once.
    package func outcomes(_ check: Check) -> Set<Outcome> {
        Set(verdicts.filter { $0.check == check }.map(\.outcome))
    }
}
