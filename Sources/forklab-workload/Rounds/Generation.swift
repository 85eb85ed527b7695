import CProcess
import Glibc
import LabBase
import Measurement
import WorkloadBase
import WorkloadSchema

/// One process that forks children, and takes itself and them through the phases.
///
/// Children take turns, so that none waits for a processor in a timed phase; but the whole family frees and allocates at the
/// same time.
struct Generation<Contents: HeapContents> {
    /// A child, as its parent knows it.
    private struct Child {
        let process: pid_t
        let record: UnsafeMutablePointer<RoundRecord>
        let line: TurnLine
        var isAlive: Bool
    }

    let family: ForkFamily
    let contents: Contents
    let place: GenerationPlace
    /// The mark of this process on everything it writes.
    let owner: UInt16
    /// Calls the given fork, and does whatever must surround it.
    var aroundFork: (() -> pid_t) -> pid_t = { $0() }

    /// Runs all phases in the parent; `verified` is called when isolation has been verified. The children end, whatever they
    /// do. Throws `SystemCallError`, and whatever `verified` throws.
    func run(verified: () throws -> Void = {}) throws {
        if family.settings.syncBeforeFork, let pool = family.pool,
            cp_sync_file_system(pool.directory) != 0
        {
            throw SystemCallError("write back the file system of \(pool.directory)")
        }
        let first = family.records.round(family.index(place, child: 0))
        note(.beforeFork, in: first, children: [])
        first.pointee.fold.before = FoldTally.ofThisProcess() ?? FoldTally()
        var children = try forkChildren(first: first)
        guard !children.isEmpty else { return }
        defer { for child in children { child.line.parentEndLine() } }
        for child in children where child.isAlive {
            child.record.pointee.seen = contents.address(0).flatMap {
                SeenEffect(
                    of: $0, child: child.process, pool: family.pool,
                    frozen: child.record.pointee.parentFrozen)
            }
        }
        note(.afterFork, in: first, children: children)
        letThemWrite(&children, first: first)
        let findings = first.pointee.parentFirstRead.measure { contents.verify(0..<contents.count) }
        for child in children {
            child.record.pointee.parentFindings = findings
            child.record.pointee.parentVerified = true
        }
        // From here on all processes use malloc at the same time: in mode 0 that may kill any of them.
        try verified()
        letAllReallocate(&children, first: first)
        hold(children, first: first)
        for child in children where child.isAlive { child.line.parentSignal() }
        for child in children {
            let (end, value, time) = ChildEnd.reap(child.process, until: deadline)
            child.record.pointee.childEnd = end
            child.record.pointee.childEndValue = value
            child.record.pointee.childExit.end = time
        }
        note(.afterExit, in: first, children: [])
        fold(first)
    }

    // MARK: The parent, in the order of the phases

    /// Forks until there are as many children as wanted, or a fork is refused.
    private func forkChildren(first: UnsafeMutablePointer<RoundRecord>) throws -> [Child] {
        var children: [Child] = []
        children.reserveCapacity(family.settings.width)
        var start = Interval()
        start.begin = Clock.nanoseconds
        for index in 0..<family.settings.width {
            guard let child = try forkChild(index) else { break }
            children.append(child)
        }
        start.end = Clock.nanoseconds
        if children.count == family.settings.width { first.pointee.startAll = start }
        return children
    }

    private func forkChild(_ index: Int) throws -> Child? {
        let record = family.records.round(family.index(place, child: index))
        record.pointee.fork = family.forkNumber(place, child: index)
        record.pointee.depth = place.depth
        record.pointee.isFirstOfGeneration = index == 0
        let line = try TurnLine()
        // If the parent writes at once, its records must not change before the child has its own.
        let records = family.settings.writesAtOnce ? inherited(by: index) : nil
        // The child returns through here too: only the parent may store its measurement.
        var stall = Interval()
        let result = aroundFork { stall.measure { cp_fork() } }
        if result == 0 {
            record.pointee.childRunning = stall.end
            record.pointee.childAccount = ForkAccount.ofLastFork()
            runChild(index, record, line, records)
        }
        record.pointee.forkErrno = errno
        record.pointee.parentFrozen = contents.address(0).flatMap { family.pool?.seesFrozen($0) }
        records?.discard()
        record.pointee.parentAccount = ForkAccount.ofLastFork()
        record.pointee.forkStall = stall
        record.pointee.forkResult = result
        line.parentBegin()
        guard result > 0 else {
            line.parentEndLine()
            return nil
        }
        var child = Child(process: result, record: record, line: line, isAlive: true)
        if family.settings.writesAtOnce, index == family.settings.width - 1 {
            write(children: [child], first: family.records.round(family.index(place, child: 0)))
        }
        child.isAlive = line.parentWait(until: deadline)
        return child
    }

    private func write(children: [Child], first: UnsafeMutablePointer<RoundRecord>) {
        first.pointee.parentFirstWrite.measure {
            contents.rewrite(shares.parent, owner: owner, generation: generation(0))
        }
        note(.afterParentWrite, in: first, children: children)
    }

    private func letThemWrite(_ children: inout [Child], first: UnsafeMutablePointer<RoundRecord>) {
        if first.pointee.parentFirstWrite.end == 0 { write(children: children, first: first) }
        for index in children.indices where children[index].isAlive {
            children[index].line.parentSignal()
            children[index].isAlive = children[index].line.parentWait(until: deadline)
        }
        note(.afterChildWrite, in: first, children: children)
    }

    private func letAllReallocate(_ children: inout [Child], first: UnsafeMutablePointer<RoundRecord>) {
        for child in children where child.isAlive { child.line.parentSignal() }
        let granted = first.pointee.parentReallocate.measure {
            contents.reallocate(shares.parent, owner: owner, generation: generation(0) + 1)
        }
        if !granted { first.pointee.reallocationRefused = true }
        for index in children.indices where children[index].isAlive {
            children[index].isAlive = children[index].line.parentWait(until: deadline)
        }
        let findings = contents.verify(0..<contents.count)
        for child in children { child.record.pointee.parentFindings.add(findings) }
        note(.afterReallocate, in: first, children: children)
    }

    /// Lets time pass while all children live.
    private func hold(_ children: [Child], first: UnsafeMutablePointer<RoundRecord>) {
        guard family.settings.hold > 0, place.depth == 1 else { return }
        OpenLoop.sleep(until: Clock.nanoseconds + family.settings.hold)
        note(.afterHold, in: first, children: children)
    }

    /// This is the program's quiet moment: the children are gone, and nothing is timed.
    private func fold(_ first: UnsafeMutablePointer<RoundRecord>) {
        guard family.settings.foldsAfterwards, place.depth == 1, let pool = family.pool,
            pool.folds, let block = contents.address(0)
        else { return }
        first.pointee.fold.error = first.pointee.fold.call.measure { cp_fold() == 0 ? 0 : errno }
        first.pointee.fold.isShared = pool.seesFrozen(block).map { !$0 }
        first.pointee.fold.after = FoldTally.ofThisProcess() ?? FoldTally()
        note(.afterFold, in: first, children: [])
    }

    private var shares: Shares { Shares(count: contents.count, share: family.settings.rewriteShare) }

    /// The time until which a child must answer; one that forks may take as long as its children.
    private var deadline: UInt64 {
        let generations = UInt64(family.settings.depth - place.depth + 1)
        return Clock.nanoseconds + family.settings.childDeadline * generations
    }

    /// Each fork has two generations of marks: rewritten in place, then allocated again.
    private func generation(_ child: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: family.index(place, child: child) * 2 + 1)
    }

    // MARK: The child

    private func inherited(by index: Int) -> Contents? {
        contents.inherited(epoch: family.index(place, child: index) + 1)
    }

    /// Never returns, and exits without running the parent's exit handlers.
    private func runChild(
        _ index: Int, _ record: UnsafeMutablePointer<RoundRecord>, _ line: TurnLine, _ records: Contents?
    ) -> Never {
        _ = cp_die_with_parent()
        line.childBegin()
        let number = family.index(place, child: index)
        guard let contents = records ?? inherited(by: index) else { _exit(4) }
        let owner = UInt16(truncatingIfNeeded: number) + Self.firstOwner + 1
        let share = shares.child(index)
        line.childYield()

        record.pointee.childFirstWrite.measure {
            contents.rewrite(share, owner: owner, generation: generation(index))
        }
        let findings = record.pointee.childFirstRead.measure {
            var findings = contents.verify(0..<share.lowerBound)
            findings.add(contents.verify(share.upperBound..<contents.count))
            return findings
        }
        record.pointee.childFindings = findings
        record.pointee.childFindings.add(contents.verify(share))
        record.pointee.childVerified = true
        if place.depth < family.settings.depth {
            do {
                try Generation(
                    family: family, contents: contents,
                    place: place.ofChild(index, width: family.settings.width), owner: owner
                ).run()
            } catch {
                _exit(5)
            }
        }
        line.childYield()

        let granted = record.pointee.childReallocate.measure {
            contents.reallocate(share, owner: owner, generation: generation(index) + 1)
        }
        if !granted { record.pointee.reallocationRefused = true }
        record.pointee.childFindings.add(contents.verify(0..<contents.count))
        line.childYield()

        record.pointee.childExit.begin = Clock.nanoseconds
        _exit(0)
    }

    /// The owner of the items before any fork; a child's owner number is this plus the index of its fork.
    static var firstOwner: UInt16 { 1 }

    // MARK: Recording

    private func note(
        _ boundary: Boundary, in record: UnsafeMutablePointer<RoundRecord>, children: [Child]
    ) {
        let alive = children.filter(\.isAlive).map(\.process)
        // If no child got there, there is no such boundary.
        let areAll = [Boundary.beforeFork, .afterExit, .afterFold].contains(boundary)
        guard !alive.isEmpty || areAll, let entry = BoundaryRecord(family: family, children: alive)
        else { return }
        withBoundaries(record) { $0[boundary.position] = entry }
    }
}
