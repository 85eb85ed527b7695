import Testing

@testable import LabReport
@testable import Measurement

@Suite("The forks of a log") struct ForkLogTableTests {
    @Test("Similar forks share a line, with their medians")
    func grouped() {
        func entry(_ pid: Int32, _ action: ForkAccount.Action, error: Int32 = 0, prepare: UInt64)
            -> ForkLog.Fork
        {
            ForkLog.Fork(
                pid: pid, number: 1,
                account: ForkAccount(
                    mode: .poolCopy, action: action, error: error, bytesLive: 2048, prepareNs: prepare))
        }
        var log = ForkLog()
        log.forks = [
            entry(1, .memory, prepare: 1000), entry(1, .memory, prepare: 3000),
            entry(2, .memory, prepare: 2000),
            entry(2, .refused, error: 28, prepare: 0),
        ]
        let text = ForkLogTable(log).text
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.contains("mode=2 memory 3 2 0 ns 2.00 us 0 ns 0 ns 2.00 KiB 0 B 0 B"))
        #expect(
            lines.contains(
                "mode=2 refused (No space left on device) 1 1 0 ns 0 ns 0 ns 0 ns 2.00 KiB 0 B 0 B"))
        #expect(lines.count == 4)
    }

    private static let deferred = """
        {"pid":1,"fork":1,"mode":2,"copier":"child","action":"deferred","error":0,"bytes_live":2048,"bytes_copied":0,\
        "bytes_shared":0,"reserve_ns":0,"prepare_ns":1000,"fork_ns":0,"resume_ns":0}
        {"child":2,"parent":1,"fork":1,"mode":2,"copier":"child","action":"memory","error":0,"bytes_live":2048,\
        "bytes_copied":4096,"bytes_shared":0,"copy_ns":5000,"resume_ns":1000}
        {"child":3,"parent":1,"fork":2,"mode":2,"copier":"child","action":"remap","error":28,"bytes_live":2048,\
        "bytes_copied":0,"bytes_shared":0,"copy_ns":2000,"resume_ns":1000}

        """

    /// The lines of the table, with single blanks.
    private func lines(_ log: String) -> [String] {
        ForkLogTable(ForkLog(log)).text.split(separator: "\n")
            .map { $0.split(separator: " ").joined(separator: " ") }
    }

    @Test("Copies that children made have a table of their own")
    func copies() {
        let lines = lines(Self.deferred)
        #expect(lines.contains("mode=2 deferred 1 1 0 ns 1.00 us 0 ns 0 ns 2.00 KiB 0 B 0 B"), "\(lines)")
        #expect(
            lines.contains { $0.hasPrefix("copies of children forks processes child_copy resume_child") })
        #expect(lines.contains("mode=2 memory 1 1 5.00 us 1.00 us 2.00 KiB 4.00 KiB 0 B"), "\(lines)")
        #expect(
            lines.contains("mode=2 remap (No space left on device) 1 1 2.00 us 1.00 us 2.00 KiB 0 B 0 B"),
            "\(lines)")
        #expect(!lines.contains { $0.hasPrefix("folds") })
    }

    @Test("Folds are summed up over processes, by the last line of each")
    func folds() {
        let log = """
            {"pid":1,"folds":1,"bytes":1024,"fold_ns":5000,"longest_ns":4000}
            {"pid":1,"folds":2,"bytes":4096,"fold_ns":9000,"longest_ns":4000}
            {"pid":7,"folds":1,"bytes":2048,"fold_ns":3000,"longest_ns":3000}
            """
        let lines = lines(Self.deferred + log)
        #expect(lines.contains("folds processes bytes time longest waiting because of"), "\(lines)")
        #expect(lines.contains("3 2 6.00 KiB 12.0 us 4.00 us - -"), "\(lines)")
    }

    @Test("A process that has executed another program begins its sums again")
    func executed() {
        let log = """
            {"pid":1,"folds":2,"bytes":4096,"fold_ns":9000,"longest_ns":4000}
            {"pid":1,"folds":1,"bytes":2048,"fold_ns":1000,"longest_ns":1000}
            {"pid":1,"folds":2,"bytes":3072,"fold_ns":2000,"longest_ns":1000}
            """
        #expect(lines(Self.deferred + log).contains("4 1 7.00 KiB 11.0 us 4.00 us - -"))
    }

    @Test("What waits counts by the last line of each process")
    func waiting() {
        let log = """
            {"pid":1,"folds":0,"bytes":0,"fold_ns":1,"longest_ns":1,"bytes_to_fold":4096,"fold_obstacle":"children"}
            {"pid":1,"folds":0,"bytes":0,"fold_ns":2,"longest_ns":1,"bytes_to_fold":2048,"fold_obstacle":"threads"}
            {"pid":7,"folds":1,"bytes":0,"fold_ns":2,"longest_ns":2,"bytes_to_fold":0,"fold_obstacle":"none"}
            """
        #expect(lines(Self.deferred + log).contains("1 2 0 B 4 ns 2 ns 2.00 KiB threads"))
    }
}
