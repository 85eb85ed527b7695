import Testing

@testable import LabBase
@testable import Measurement
@testable import WorkloadSchema

@Suite("Sizes and records") struct RecordTests {
    @Test(
        "Sizes with a suffix",
        arguments: [
            ("64", 64), ("1K", 1024), ("256M", 256 << 20), ("1.5G", 3 << 29), ("2gib", 2 << 30),
            ("1T", 1 << 40),
            ("10B", 10),
        ])
    func sizes(text: String, bytes: Int) {
        #expect(ByteCount.parse(text) == bytes)
    }

    @Test(
        "What is no size",
        arguments: ["", "M", "-1", "1X", "14M7", "1.5", "9999999T", "1 G", "0x10", "1e3", "1..5"])
    func noSizes(text: String) {
        #expect(ByteCount.parse(text) == nil)
    }

    @Test("A size is written in the largest unit that is exact")
    func writtenSizes() {
        #expect([1 << 30, 1280 << 20, 1000, 0].map(ByteCount.text) == ["1G", "1280M", "1000", "0"])
    }

    private func report() -> WorkloadReport {
        var report = WorkloadReport(workload: "heap", allocator: "/lib/libc.so.6")
        report.effects = [.poolCopied]
        report.timings = [
            .init(phase: .forkStall, fork: 1, depth: 1, nanoseconds: 42, minorFaults: 1, majorFaults: 0)
        ]
        report.verdicts = [.init(check: .childExit, fork: 1, depth: 1, outcome: .broken, detail: "a\n\"b\"")]
        return report
    }

    @Test("A report survives being written and read; it is one line in snake_case")
    func roundTrip() throws {
        let line = try report().jsonLine()
        #expect(!line.contains("\n"))
        #expect(line.contains("\"phase\":\"fork_stall\"") && line.contains("\"minor_faults\":1"))
        #expect(WorkloadReport.last(in: line) == report())
    }

    @Test("The last complete report counts, a torn line does not")
    func lastReport() throws {
        var complete = report()
        complete.complete = true
        let text = "\(try report().jsonLine())\n\(try complete.jsonLine())\n"
        #expect(WorkloadReport.last(in: text + "{\"schema\":1,\"work") == complete)
        #expect(WorkloadReport.last(in: "nothing") == nil)
        #expect(WorkloadReport.last(in: "") == nil)
    }

    @Test("The seeded generator gives SplitMix64's published sequence")
    func generator() {
        var random = SeededGenerator(seed: 1_234_567)
        #expect(random.next() == 6_457_827_717_110_365_317)
        #expect(random.next() == 3_203_168_211_198_807_973)
    }
}
