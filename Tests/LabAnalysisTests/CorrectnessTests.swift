import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabProcess
@testable import LabRun
@testable import LabScenario
@testable import Measurement
@testable import WorkloadSchema

@Suite("What counts as broken") struct CorrectnessTests {
    private func judge(_ mode: String, _ samples: [Sample]) -> Correctness {
        Correctness(samples, cell: Cell(["mode": mode]), libraries: [Fixtures.library])
    }

    private func judge(_ mode: String, _ verdict: WorkloadReport.Verdict) -> Correctness {
        judge(mode, [Fixtures.sample(["mode": mode], verdicts: [verdict])])
    }

    @Test("Nothing to complain about")
    func held() {
        #expect(judge("1", Fixtures.verdict(.childExit, .held)).status == .held)
        #expect(judge("1", Fixtures.verdict(.heapInPool, .notApplicable)).status == .held)
    }

    @Test(
        "Broken isolation is a failure, in mode 0 it is what was expected", arguments: ["0", "1", "2", "3"])
    func isolation(mode: String) {
        let correctness = judge(mode, Fixtures.verdict(.isolationChildToParent, .broken, "saw 5 blocks"))
        #expect(correctness.status == (mode == "0" ? .brokenAsExpected : .broken))
        #expect(
            correctness.findings.map(\.description) == ["isolation_child_to_parent: saw 5 blocks (1 trial)"])
    }

    @Test(
        "A heap outside the pool or a mode without effect is a failure in every mode", arguments: ["0", "2"])
    func emptyLibrary(mode: String) {
        #expect(judge(mode, Fixtures.verdict(.heapInPool, .broken)).status == .broken)
        #expect(judge(mode, Fixtures.verdict(.modeTookEffect, .broken)).status == .broken)
    }

    @Test("A library that reports an action that the file system does not support is a failure")
    func impossible() {
        var sample = Fixtures.sample(["mode": "2"])
        let account = ForkAccount(mode: .poolCopy, action: .reflink)
        sample.report?.accounts = [.init(fork: 1, depth: 1, parent: account, child: account)]
        func judge(_ impossible: [ForkAccount.Action]) -> Correctness {
            Correctness([sample], cell: sample.cell, libraries: [Fixtures.library], impossible: impossible)
        }
        #expect(judge([.pmem]).status == .held)
        #expect(
            judge([.pmem, .reflink]).findings.map(\.description)
                == ["fork_report: says reflink, which this file system cannot do (1 trial)"])
    }

    @Test("A check that could not be verified did not hold")
    func unknown() {
        #expect(judge("1", Fixtures.verdict(.childChecksum, .unknown)).status == .broken)
        #expect(judge("0", Fixtures.verdict(.childChecksum, .unknown)).status == .brokenAsExpected)
    }

    @Test("A preload that did not take effect is a failure")
    func allocator() {
        #expect(judge("1", [Fixtures.sample(["mode": "1"], allocator: "/lib/libc.so.6")]).status == .broken)
        let reference = Fixtures.sample(["reference": "jemalloc"], allocator: "/lib/libc.so.6")
        let correctness = Correctness([reference], cell: reference.cell, libraries: [Fixtures.library])
        #expect(correctness.findings.map(\.detail) == ["malloc came from /lib/libc.so.6"])
    }

    @Test("A crash is named by its signal and the first line of standard error, and counted")
    func crash() {
        var sample = Fixtures.sample(["mode": "1"])
        sample.report = nil
        sample.message = "first\nbacktrace\n"
        sample.record(.signalled(11))
        let correctness = judge("1", [sample, sample])
        #expect(correctness.status == .broken)
        #expect(
            correctness.findings.map(\.description)
                == ["trial: killed by signal 11 (Segmentation fault): first (2 trials)"])
        #expect(judge("0", [sample]).status == .brokenAsExpected)
    }

    @Test("A workload that ends well but leaves an unfinished report has failed")
    func unfinished() {
        var sample = Fixtures.sample(["mode": "1"])
        sample.report?.complete = false
        sample.record(.exited(0))
        #expect(sample.outcome == .failed)
        #expect(judge("1", [sample]).status == .broken)
    }
}
