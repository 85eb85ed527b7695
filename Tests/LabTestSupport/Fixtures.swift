@testable import LabAnalysis
@testable import LabProcess
@testable import LabRun
@testable import LabScenario
@testable import WorkloadSchema

/// Makes samples as a run would.
package enum Fixtures {
    package static let library = "/x/libvmmalloc.so"

    package static func sample(
        _ keys: [String: String], trial: Int = 1, sequence: Int = 1, forkStall: UInt64 = 100,
        allocator: String = library,
        verdicts: [WorkloadReport.Verdict] = []
    ) -> Sample {
        var sample = Sample(
            step: Plan.Step(sequence: sequence, cell: Cell(keys), trial: trial), seed: 1, run: "r")
        var report = WorkloadReport(workload: "heap", allocator: allocator)
        report.complete = true
        report.timings = [
            .init(
                phase: .forkStall, fork: 1, depth: 1, nanoseconds: forkStall, minorFaults: 0, majorFaults: 0)
        ]
        report.verdicts = verdicts
        sample.report = report
        sample.record(.exited(0))
        return sample
    }

    package static func verdict(_ check: Check, _ outcome: Outcome, _ detail: String = "")
        -> WorkloadReport.Verdict
    {
        .init(check: check, fork: 1, depth: 1, outcome: outcome, detail: detail)
    }

    /// A cell with these fork stalls.
    package static func cell(_ keys: [String: String], forkStalls: [UInt64]) -> CellSummary {
        CellSummary(
            Cell(keys), samples: forkStalls.map { sample(keys, forkStall: $0) }, libraries: [library])
    }
}
