@testable import LabBase
@testable import LabRun
@testable import LabScenario
@testable import Measurement
@testable import WorkloadSchema

/// Makes result directories as runs would leave them.
package enum CompareFixtures {
    /// The stalls of both modes and of the reference, and things that are wrong with them.
    package struct Stalls {
        package var mode1: [Double]
        package var mode2: [Double]
        package var glibc: [Double]
        package var verdicts: [String: [WorkloadReport.Verdict]]
        /// The stalls of mode 1.
        package var answers: [PropertyAnswer]
        /// Whether the samples have times at all.
        package var areTimed: Bool
        package var expectations: [String]
        package var actions: [ForkAccount.Action]

        /// Both modes and the reference differ, and nothing is wrong, except for what is given.
        package init(
            mode1: [Double] = spread(100_000), mode2: [Double] = spread(200_000),
            glibc: [Double] = spread(300_000), verdicts: [String: [WorkloadReport.Verdict]] = [:],
            answers: [PropertyAnswer] = [], areTimed: Bool = true,
            expectations: [String] = ["mode=1.fork_stall < mode=2.fork_stall"],
            actions: [ForkAccount.Action] = [.reflink]
        ) {
            self.mode1 = mode1
            self.mode2 = mode2
            self.glibc = glibc
            self.verdicts = verdicts
            self.answers = answers
            self.areTimed = areTimed
            self.expectations = expectations
            self.actions = actions
        }
    }

    /// `count` values within a hundredth or two of `middle`.
    package static func spread(_ middle: Double, count: Int = 9, by share: Double = 0.01) -> [Double] {
        (0..<count).map { middle * (1 + share * (2 * Double($0) / Double(count - 1) - 1)) }
    }

    /// Makes a result directory at `path`; nil stalls mean a cell that was not measured.
    package static func results(_ path: String, _ stalls: Stalls = Stalls(), kernel: String? = nil) throws
        -> ResultDirectory
    {
        let scenario = try Scenario.parse(
            """
            title: T
            question: Q
            workload: {name: heap}
            matrix: {mode: [1, 2], reference: [glibc], file_system: [/tmp]}
            trials: 9
            warm_up: 0
            expect: [\(stalls.expectations.map { "\"\($0)\"" }.joined(separator: ", "))]
            """, file: "s.yaml")
        let plan = Plan(scenario, fileSystems: ["/tmp"])
        let request = EnvironmentManifest.Request(
            scenario: "s", seed: 1, trials: 9, warmUp: 0, filters: [], shard: "1/1", cells: plan.cells)
        let manifest = EnvironmentManifest(
            request: request, library: Fixtures.library, fileSystems: [], skipped: [])
        var text = try JSONLine.encode(manifest)
        if let kernel {
            text = text.split(separator: manifest.kernel, omittingEmptySubsequences: false).joined(
                separator: kernel)
        }
        let samples = plan.cells.flatMap { cell -> [Sample] in
            let key = cell["mode"].map { "mode\($0)" } ?? "glibc"
            let values = ["mode1": stalls.mode1, "mode2": stalls.mode2, "glibc": stalls.glibc][key] ?? []
            return values.enumerated().map { index, value in
                var sample = Fixtures.sample(
                    cell.keys, trial: index + 1, forkStall: UInt64(value),
                    allocator: cell["mode"] == nil ? "/lib/libc.so.6" : Fixtures.library,
                    verdicts: stalls.verdicts[key] ?? [])
                if !stalls.areTimed { sample.report?.timings = [] }
                if key == "mode1" { sample.report?.answers = stalls.answers }
                if key == "mode2" {
                    sample.report?.accounts = stalls.actions.enumerated().map { index, action in
                        let account = ForkAccount(mode: .poolCopy, action: action)
                        return .init(fork: index + 1, depth: 1, parent: account, child: account)
                    }
                }
                return sample
            }
        }
        return ResultDirectory(
            path: path, scenario: scenario,
            manifests: [try JSONLine.decode(EnvironmentManifest.self, from: text)], samples: samples)
    }
}
