import Testing

@testable import LabReport
@testable import Measurement

@Suite("The forks of a log") struct ForkLogTableTests {
    @Test("Similar forks share a line, with their medians")
    func grouped() {
        func entry(_ pid: Int32, _ action: ForkAccount.Action, error: Int32 = 0, prepare: UInt64)
            -> ForkLog.Entry
        {
            ForkLog.Entry(
                pid: pid, number: 1,
                account: ForkAccount(
                    mode: .poolCopy, action: action, error: error, bytesLive: 2048, prepareNs: prepare))
        }
        let text = ForkLogTable([
            entry(1, .memory, prepare: 1000), entry(1, .memory, prepare: 3000),
            entry(2, .memory, prepare: 2000),
            entry(2, .refused, error: 28, prepare: 0),
        ]).text
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.contains("mode=2 memory 3 2 0 ns 2.00 us 0 ns 0 ns 2.00 KiB 0 B 0 B"))
        #expect(
            lines.contains(
                "mode=2 refused (No space left on device) 1 1 0 ns 0 ns 0 ns 0 ns 2.00 KiB 0 B 0 B"))
        #expect(lines.count == 4)
    }
}
