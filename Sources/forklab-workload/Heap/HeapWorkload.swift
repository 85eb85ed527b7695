import CProcess
import Glibc
import Measurement

/// The heap workload, from the first malloc to the last verdict.
struct HeapWorkload {
    /// What it is asked to do.
    struct Settings {
        let bytes: Int
        let rewriteShare: Double
        let distribution: SizeDistribution
        let forks: Int
        let depth: Int
        let seed: UInt64
        /// Nanoseconds.
        let childDeadline: UInt64
        /// Write back the pool's file system before each fork.
        let syncBeforeFork: Bool
    }

    private let settings: Settings
    private let pool: PoolExpectation?
    private let records: RoundRecords
    private var report: WorkloadReport
    private var table: BlockTable
    private var fill = Interval()

    /// Owner of the blocks before any fork; a child's owner is its round's number above it.
    private static let firstOwner: UInt16 = 1

    init(_ settings: Settings, pool: PoolExpectation?, report: WorkloadReport) throws {
        self.settings = settings
        self.pool = pool
        self.report = report
        records = try RoundRecords(count: settings.forks * settings.depth)
        table = try BlockTable(capacity: settings.bytes / settings.distribution.smallest + 1)
    }

    /// Runs all of it; `emit` gets the report after the fill, after each fork's isolation was verified, and
    /// complete at the end.
    mutating func run(emit: (WorkloadReport) throws -> Void) throws {
        fillHeap()
        try emit(report)
        for fork in 1...settings.forks {
            try runRound(fork: fork, depth: 1, owner: Self.firstOwner, table: table) { [self] in
                try emit(self.reportSoFar())
            }
        }
        report = reportSoFar()
        report.complete = true
        try emit(report)
    }

    // MARK: Before the fork

    private mutating func fillHeap() {
        let settings = settings
        var table = table
        let live = fill.measure {
            table.fill(
                bytes: settings.bytes, distribution: settings.distribution, seed: settings.seed,
                owner: Self.firstOwner)
        }
        self.table = table
        report.liveBytes = Int64(live)
        report.liveBlocks = Int64(table.count)
        report.timings = [fill.timing(.fill, fork: 0, depth: 0)]
        report.note(HeapVerdicts.filled(live, of: settings.bytes), fork: 0, depth: 0)
        report.note(heapInPoolVerdict(), fork: 0, depth: 0)
    }

    /// Looks up blocks from the first to the last, evenly spaced, in the maps of this process.
    private mutating func heapInPoolVerdict() -> (Check, Outcome, String) {
        guard let mappings = try? MemoryMapping.read(process: getpid()), table.count > 0 else {
            return (.heapInPool, .unknown, "")
        }
        report.placement = placement(of: 0, in: mappings)
        let lookups = min(table.count, 1000)
        let placements = (0..<lookups).map { placement(of: $0 * table.count / lookups, in: mappings) }
        return HeapVerdicts.inPool(placements, pool)
    }

    private func placement(of block: Int, in mappings: [MemoryMapping]) -> HeapPlacement? {
        table.address(block).flatMap { HeapPlacement(of: UInt(bitPattern: $0), in: mappings) }
    }

    // MARK: One fork

    private func runRound(
        fork: Int, depth: Int, owner: UInt16, table: BlockTable, verified: () throws -> Void = {}
    ) throws {
        let index = (fork - 1) * settings.depth + depth - 1
        let record = records.round(index)
        record.pointee.fork = fork
        record.pointee.depth = depth
        let line = try TurnLine()
        let shares = Shares(count: table.count, share: settings.rewriteShare)
        // Two generations a round: rewritten in place, then allocated again.
        let generation = UInt16(truncatingIfNeeded: index * 2 + 1)

        if settings.syncBeforeFork, let pool, cp_sync_file_system(pool.directory) != 0 {
            throw SystemCallError("write back the file system of \(pool.directory)")
        }
        note(.beforeFork, in: record, child: nil)
        // The child returns through here too: only the parent may store what it measured.
        var stall = Interval()
        let result = stall.measure { cp_fork() }
        if result == 0 {
            record.pointee.childRunning = stall.end
            record.pointee.childAccount = ForkAccount.ofLastFork()
            runChild(
                record, line, shares, fork: fork, depth: depth, owner: UInt16(index) + Self.firstOwner + 1,
                generation: generation, table: table)
        }
        record.pointee.forkErrno = errno
        record.pointee.parentAccount = ForkAccount.ofLastFork()
        record.pointee.forkStall = stall
        record.pointee.forkResult = result
        line.parentBegin()
        defer { line.parentEndLine() }
        guard result > 0 else { return }
        try runParent(
            record, line, shares, child: result, owner: owner, generation: generation, table: table,
            verified: verified)
    }

    /// The parent's side, in the order of the phases. Whatever the child does, it ends.
    private func runParent(
        _ record: UnsafeMutablePointer<RoundRecord>, _ line: TurnLine, _ shares: Shares, child: pid_t,
        owner: UInt16, generation: UInt16, table: BlockTable, verified: () throws -> Void
    ) throws {
        var alive = line.parentWait(until: deadline)
        if alive {
            record.pointee.seen = table.address(0).flatMap { SeenEffect(of: $0, child: child, pool: pool) }
            note(.afterFork, in: record, child: child)
        }
        record.pointee.parentFirstWrite.measure {
            table.rewrite(shares.parent, owner: owner, generation: generation)
        }
        if alive {
            note(.afterParentWrite, in: record, child: child)
            line.parentSignal()
            alive = line.parentWait(until: deadline)
        }
        if alive { note(.afterChildWrite, in: record, child: child) }
        let findings = record.pointee.parentFirstRead.measure { table.verify(0..<table.count) }
        record.pointee.parentFindings = findings
        record.pointee.parentVerified = true
        // From here both processes use malloc at the same time: in mode 0 that may end either.
        try verified()

        if alive { line.parentSignal() }
        let granted = record.pointee.parentReallocate.measure {
            table.reallocate(shares.parent, owner: owner, generation: generation + 1)
        }
        if !granted { record.pointee.reallocationRefused = true }
        if alive { alive = line.parentWait(until: deadline) }
        record.pointee.parentFindings.add(table.verify(0..<table.count))
        if alive {
            note(.afterReallocate, in: record, child: child)
            line.parentSignal()
        }
        let (end, value, time) = ChildEnd.reap(child, until: deadline)
        record.pointee.childEnd = end
        record.pointee.childEndValue = value
        record.pointee.childExit.end = time
        note(.afterExit, in: record, child: nil)
    }

    /// The child's side. Never returns, and leaves without running the parent's exit handlers.
    private func runChild(
        _ record: UnsafeMutablePointer<RoundRecord>, _ line: TurnLine, _ shares: Shares, fork: Int,
        depth: Int,
        owner: UInt16, generation: UInt16, table parentTable: BlockTable
    ) -> Never {
        _ = cp_die_with_parent()
        line.childBegin()
        guard let table = parentTable.copy() else { _exit(4) }
        line.childYield()

        record.pointee.childFirstWrite.measure {
            table.rewrite(shares.child, owner: owner, generation: generation)
        }
        let findings = record.pointee.childFirstRead.measure {
            var findings = table.verify(0..<shares.child.lowerBound)
            findings.add(table.verify(shares.child.upperBound..<table.count))
            return findings
        }
        record.pointee.childFindings = findings
        record.pointee.childFindings.add(table.verify(shares.child))
        record.pointee.childVerified = true
        if depth < settings.depth {
            do {
                try runRound(fork: fork, depth: depth + 1, owner: owner, table: table)
            } catch {
                _exit(5)
            }
        }
        line.childYield()

        let granted = record.pointee.childReallocate.measure {
            table.reallocate(shares.child, owner: owner, generation: generation + 1)
        }
        if !granted { record.pointee.reallocationRefused = true }
        record.pointee.childFindings.add(table.verify(0..<table.count))
        line.childYield()

        record.pointee.childExit.begin = Clock.nanoseconds
        _exit(0)
    }

    private var deadline: UInt64 { Clock.nanoseconds + settings.childDeadline }

    // MARK: Noting down

    private func note(_ boundary: Boundary, in record: UnsafeMutablePointer<RoundRecord>, child: pid_t?) {
        guard let parent = try? MemoryCounters.read(process: getpid()), let system = try? SystemMemory.read()
        else { return }
        var entry = BoundaryRecord()
        entry.taken = true
        entry.parent = parent
        entry.system = system
        if let child, let counters = try? MemoryCounters.read(process: child) {
            entry.child = counters
            entry.hasChild = true
        }
        if let pool, let space = try? FileSystemSpace.read(directory: pool.directory) {
            entry.fileSystem = space
            entry.hasFileSystem = true
        }
        withBoundaries(record) { $0[boundary.position] = entry }
    }

    private func reportSoFar() -> WorkloadReport {
        var report = report
        for index in 0..<records.count {
            RoundReport(records.round(index), expectation: pool).append(to: &report)
        }
        return report
    }
}

/// The blocks that parent and child rewrite: runs of equal length that overlap by half where there is room.
/// Neighbours in the order of allocation share pages, so a share of the blocks is a share of the pages.
struct Shares {
    let parent: Range<Int>
    let child: Range<Int>

    init(count: Int, share: Double) {
        let length = min(count, Int((Double(count) * share).rounded()))
        let offset = min(length / 2, count - length)
        parent = 0..<length
        child = offset..<(offset + length)
    }
}
