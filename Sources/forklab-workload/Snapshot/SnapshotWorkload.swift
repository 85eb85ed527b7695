import CProcess
import Glibc
import LabBase
import Measurement
import WorkloadBase
import WorkloadSchema

/// The snapshot workload: threads write pairs, the main thread forks, each child looks at its copy.
struct SnapshotWorkload {
    /// The settings of the workload.
    struct Settings {
        let bytes: Int
        let threads: Int
        let forks: Int
        /// Nanoseconds.
        let childDeadline: UInt64
    }

    /// What parent and child of one fork record, in memory that they share.
    private struct Record {
        var parentAccount: ForkAccount?
        var childAccount: ForkAccount?
        var isAnswered = false
    }

    private static let blockSize = 1 << 20
    private static let pairs = PairPlacement.allCases

    private let settings: Settings
    private let pool: PoolExpectation?
    private var report: WorkloadReport
    private let records: UnsafeMutablePointer<Record>
    /// The largest lag of each placement at each fork.
    private let lags: UnsafeMutablePointer<UInt64>

    init(_ settings: Settings, pool: PoolExpectation?, report: WorkloadReport) throws {
        self.settings = settings
        self.pool = pool
        self.report = report
        let lagBytes = settings.forks * Self.pairs.count * MemoryLayout<UInt64>.stride
        guard let recordMemory = cp_map_anonymous(settings.forks * MemoryLayout<Record>.stride, true),
            let lagMemory = cp_map_anonymous(lagBytes, true)
        else { throw SystemCallError("map the shared records of \(settings.forks) forks") }
        records = recordMemory.bindMemory(to: Record.self, capacity: settings.forks)
        records.initialize(repeating: Record(), count: settings.forks)
        lags = lagMemory.bindMemory(to: UInt64.self, capacity: settings.forks * Self.pairs.count)
    }

    /// Runs from start to finish; `emit` gets the complete report. Throws `SystemCallError`, and whatever `emit` throws.
    mutating func run(emit: (WorkloadReport) throws -> Void) throws {
        let blocks = fillHeap()
        // Both ends are needed for pairs that are far apart.
        guard let low = blocks.min(), let high = blocks.max(), low < high else { return try emit(report) }
        noteHeapInPool([low, high])
        let writers = try (0..<settings.threads).map { try PairWriter(index: $0, low: low, high: high) }
        let handles = try writers.map { try $0.start() }
        for fork in 0..<settings.forks {
            waitForRounds(of: writers)
            guard try forkOnce(fork, writers, block: low) else { break }
        }
        for writer in writers { writer.stop() }
        for handle in handles { pthread_join(handle, nil) }
        appendResults()
        report.complete = true
        try emit(report)
    }

    /// Allocates blocks of 1 MiB, and writes all of their pages.
    private mutating func fillHeap() -> [UnsafeMutableRawPointer] {
        var blocks: [UnsafeMutableRawPointer] = []
        while blocks.count * Self.blockSize < settings.bytes, let block = malloc(Self.blockSize) {
            memset(block, 1, Self.blockSize)
            blocks.append(block)
        }
        report.liveBytes = Int64(blocks.count * Self.blockSize)
        report.liveBlocks = Int64(blocks.count)
        report.note(HeapVerdicts.filled(Int(report.liveBytes), of: settings.bytes), fork: 0, depth: 0)
        return blocks
    }

    private mutating func noteHeapInPool(_ blocks: [UnsafeMutableRawPointer]) {
        let placements = blocks.map { try? HeapPlacement(of: UnsafeRawPointer($0)) }
        report.placement = placements.first ?? nil
        report.note(HeapVerdicts.inPool(placements, pool), fork: 0, depth: 0)
    }

    /// Waits until all have stored to all their pairs: a thread that has not run since a fork would make any snapshot look intact.
    private func waitForRounds(of writers: [PairWriter]) {
        let before = writers.map(\.rounds)
        while zip(writers, before).contains(where: { $0.rounds < $1 + 2 }) { sched_yield() }
    }

    /// One fork, and the whole life of its child. Returns whether to go on.
    private mutating func forkOnce(
        _ fork: Int, _ writers: [PairWriter], block: UnsafeMutableRawPointer
    ) throws -> Bool {
        let line = try TurnLine()
        var stall = Interval()
        let child = stall.measure { cp_fork() }
        if child == 0 { runChild(fork, line, writers) }
        let forkError = errno
        let isFrozen = fork == 0 ? pool?.seesFrozen(block) : nil
        records[fork].parentAccount = ForkAccount.ofLastFork()
        line.parentBegin()
        defer { line.parentEndLine() }
        guard child > 0 else {
            let account = records[fork].parentAccount
            report.note(ForkVerdicts.failed(forkError, account), fork: fork + 1, depth: 1)
            return false
        }
        // Writes from now on must not reach the child. Wait for some, so that the result does not depend on scheduling.
        waitForRounds(of: writers)
        line.parentSignal()
        let answered = line.parentWait(until: Clock.nanoseconds + settings.childDeadline)
        // Not earlier: in mode 0 the child would be given the same blocks, and write to them.
        report.timings.append(stall.timing(.forkStall, fork: fork + 1, depth: 1))
        // Checking once that the mode took effect is enough; the child stays for it.
        if answered && fork == 0 { noteEffect(of: child, block: block, frozen: isFrozen) }
        line.parentSignal()
        let (end, value, _) = ChildEnd.reap(child, until: Clock.nanoseconds + settings.childDeadline)
        let verdict = ForkVerdicts.child(end, value: value)
        if fork == 0 || verdict.1 != .held { report.note(verdict, fork: fork + 1, depth: 1) }
        return true
    }

    /// Never returns, and keeps nothing in the heap: the lags must be those that the fork left in memory.
    private func runChild(_ fork: Int, _ line: TurnLine, _ writers: [PairWriter]) -> Never {
        _ = cp_die_with_parent()
        line.childBegin()
        line.childWait()
        for position in 0..<Self.pairs.count {
            var longest: UInt64 = 0
            for writer in writers { longest = max(longest, writer.lag(position)) }
            lags[fork * Self.pairs.count + position] = longest
        }
        records[fork].childAccount = ForkAccount.ofLastFork()
        records[fork].isAnswered = true
        line.childYield()
        _exit(0)
    }

    // MARK: Recording

    private mutating func noteEffect(of child: pid_t, block: UnsafeMutableRawPointer, frozen: Bool?) {
        let seen = SeenEffect(of: block, child: child, pool: pool, frozen: frozen)
        if let seen { report.effects.append(seen.effect) }
        let verdicts = ForkVerdicts(expectation: pool, seen: seen)
        let accounts = verdicts.accounts(
            parent: records[0].parentAccount, child: records[0].childAccount)
        for verdict in [(.forked, .held, ""), verdicts.mode, accounts] {
            report.note(verdict, fork: 1, depth: 1)
        }
    }

    private mutating func appendResults() {
        let answered = (0..<settings.forks).filter { records[$0].isAnswered }
        report.pairs = Self.pairs.enumerated().map { position, pair in
            PairTally(pair: pair, lags: answered.map { lags[$0 * Self.pairs.count + position] })
        }
        for fork in 0..<settings.forks where records[fork].parentAccount != nil {
            report.accounts.append(
                WorkloadReport.Accounts(
                    fork: fork + 1, depth: 1, parent: records[fork].parentAccount,
                    child: records[fork].childAccount))
        }
    }
}
