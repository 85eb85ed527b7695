import CLinux

/// Why what is private of a pool cannot be folded back now.
public enum FoldObstacle: UInt32, Sendable {
    /// A child needs the file.
    case children = 1
    /// Other threads run, which may write a page while it is copied.
    case threads = 2
    /// The kernel may write to the heap at any time: an O_DIRECT, io_uring or aio descriptor is open.
    case asynchronousWrites = 3
    /// Memory of the heap is locked.
    case locks = 4
    /// The file system has no room.
    case noRoom = 5
    /// What is needed is gone, or was never to be had: a descriptor that the program has closed, /proc, addresses.
    case means = 6
    /// The pool is private for good.
    case mode = 7

    /// The name in logs and statistics.
    public var name: StaticString {
        switch self {
        case .children: "children"
        case .threads: "threads"
        case .asynchronousWrites: "asynchronous_writes"
        case .locks: "locks"
        case .noRoom: "no_room"
        case .means: "means"
        case .mode: "mode"
        }
    }
}

/// What folds of this process have done.
public struct FoldTally: Sendable {
    /// Folds after which nothing was private any more.
    public private(set) var folds: UInt64 = 0
    /// Bytes that they wrote to the file, and those that were not completed.
    public private(set) var bytes: UInt64 = 0
    /// Nanoseconds in runs.
    public private(set) var nanoseconds: UInt64 = 0
    /// The longest run.
    public private(set) var longestRun: UInt64 = 0

    mutating func note(bytes copied: Int, nanoseconds took: UInt64) {
        bytes &+= UInt64(truncatingIfNeeded: copied)
        nanoseconds &+= took
        longestRun = max(longestRun, took)
    }

    mutating func noteEnd() { folds &+= 1 }
}

/// How a frozen pool comes back to its file: the pages that were written since the freeze are copied to the shared mapping that was
/// kept aside, with all its page tables, and that is moved back over the pool. No page fault comes of it, and the RAM is free.
///
/// In runs of steps, each copied and moved at once while this is the process's only thread, with its signals blocked: nobody can
/// write a page that is copied and not yet moved. What stands in the way is asked anew for each call. A fork in between freezes again
/// what is shared by then.
extension Pool {
    /// Pages that a run copies before it is moved: what a pause is made of.
    private static let mostPagesInRun = 128
    /// Bytes in a run where little is to be copied.
    private static let longestRun = 8 << 20

    /// Folds until `deadline`, CLOCK_MONOTONIC in nanoseconds, at least one run. Returns why not all is folded; nil if nothing is
    /// private any more, or if it was only the time. With signals blocked.
    mutating func fold(until deadline: UInt64) -> FoldObstacle? {
        guard sharing == .frozen else { return sharing == .shared ? nil : .mode }
        guard foldOwner == Linux.processID, addresses.side != nil else { return .means }
        if let obstacle = FoldConditions.obstacle(to: self) { return obstacle }
        // Last, since it is a system call or three, and since nobody may fork in between.
        guard fileUse.isOver() else { return .children }
        do throws(SystemError) {
            var pages = try PrivatePages()
            try beginFold()
            repeat {
                guard let run = nextRunToFold() else {
                    endFold()
                    return frozenSteps.count == 0 ? nil : .means
                }
                try fold(run, &pages)
            } while KernelClock.nanoseconds < deadline
            return nil
        } catch {
            return error.code == EFAULT || error.code == ENOSPC || error.code == EDQUOT ? .noRoom : .means
        }
    }

    /// Once a fold: the shared mapping may be written, and there is a twin for the next fork.
    private mutating func beginFold() throws(SystemError) {
        guard foldPosition == nil, let side = addresses.side else { return }
        let fd = try file.descriptor()
        try Linux.protect(side, length: highWaterMark, PROT_READ | PROT_WRITE)
        mapTwin(fd)
        foldPosition = 0
    }

    private mutating func endFold() {
        foldPosition = nil
        guard frozenSteps.count == 0 else { return }
        sharing = .shared
        foldTally.noteEnd()
    }

    /// The next frozen steps that are all in use, or all free, and all with blocks in the file or all without.
    private mutating func nextRunToFold() -> Range<Int>? {
        let pagesInStep = SpaceReservation.step / Linux.pageSize
        var first = foldPosition ?? 0
        while let next = frozenSteps.next(from: first) {
            // The side has no mapping of a page that was private before the freeze: such steps stay as they are.
            guard !privatePages.contains(anyOf: next &* pagesInStep..<(next &+ 1) &* pagesInStep) else {
                first = next &+ 1
                continue
            }
            let isFree = map.isFree(word: next)
            let lacksBlocks = stepsWithoutBlocks.contains(next)
            let most =
                lacksBlocks && !isFree
                ? Self.mostPagesInRun / pagesInStep : Self.longestRun / SpaceReservation.step
            var end = next &+ 1
            while isFrozen(step: end), end &- next < most, map.isFree(word: end) == isFree,
                stepsWithoutBlocks.contains(end) == lacksBlocks,
                !privatePages.contains(anyOf: end &* pagesInStep..<(end &+ 1) &* pagesInStep)
            { end &+= 1 }
            foldPosition = next
            return next..<end
        }
        return nil
    }

    /// Folds the first steps of `run`, as many as copy about `mostPagesInRun` pages.
    private mutating func fold(_ run: Range<Int>, _ pages: inout PrivatePages) throws(SystemError) {
        guard let side = addresses.side else { throw SystemError(ENOMEM) }
        let began = KernelClock.nanoseconds
        let isFree = map.isFree(word: run.lowerBound)
        let start = run.lowerBound &* SpaceReservation.step
        var end = min(run.upperBound &* SpaceReservation.step, size)
        var copied = 0
        if !isFree {
            try takeBlocks(for: run)
            let base = self.base
            let seen = try pages.forEach(in: start..<end, of: base, most: Self.mostPagesInRun) {
                (range) throws(SystemError) in
                // Where there is no room for a write this says so, and no signal.
                try Linux.advise(side + range.lowerBound, length: range.count, MADV_POPULATE_WRITE)
                memcpy(side + range.lowerBound, base + range.lowerBound, range.count)
                copied &+= range.count
            }
            if seen < end { end = seen / SpaceReservation.step &* SpaceReservation.step }
            guard end > start else { throw SystemError(EIO) }
        }
        try Linux.move(side + start, length: end &- start, to: base + start)
        keepSidesAddresses(start..<end)
        let steps =
            start / SpaceReservation.step..<(end &+ SpaceReservation.step &- 1) / SpaceReservation.step
        for step in steps {
            frozenSteps.remove(step)
            if isFree { giveBackFolded(step: step) }
        }
        dumped.resume(start..<end, mappedAt: base)
        foldPosition = steps.upperBound
        foldTally.note(bytes: copied, nanoseconds: KernelClock.nanoseconds &- began)
    }

    /// Takes blocks for steps that have been RAM alone.
    private mutating func takeBlocks(for run: Range<Int>) throws(SystemError) {
        guard reservation.isLazy, let side = addresses.side else { return }
        for step in run where stepsWithoutBlocks.contains(step) {
            let offset = step &* SpaceReservation.step
            let length = min(SpaceReservation.step, size &- offset)
            if file.isTmpfs {
                try Linux.advise(side + offset, length: length, MADV_POPULATE_WRITE)
            } else {
                let fd = try file.descriptor()
                do throws(SystemError) {
                    try file.allocate(fd, offset: offset, length: length)
                } catch {
                    guard error.code == EOPNOTSUPP else { throw error }
                    try file.allocateByWriting(fd, offset: offset, length: length)
                }
            }
            stepsWithoutBlocks.remove(step)
        }
    }

    /// A free step of a lazy pool goes back to the file system, as it would have when it became free.
    private mutating func giveBackFolded(step: Int) {
        if stepsWithoutBlocks.contains(step) {
            stepsWithoutBlocks.remove(step)
            reservation.noteNotReserved(step: step)
        } else if reservation.isLazy, !reservation.giveBack(step: step, mappedAt: base) {
            return
        }
        guard reservation.isLazy else { return }
        let pages = PageMap.pagesPerWord
        map.cleanse(step &* pages, count: min(pages, map.pageCount &- step &* pages))
    }

    /// What lay aside is in the pool again: nobody else's mapping is to come to lie there.
    private mutating func keepSidesAddresses(_ range: Range<Int>) {
        guard let side = addresses.side else { return }
        do throws(SystemError) {
            _ = try Linux.map(
                at: side + range.lowerBound, length: range.count, protection: PROT_NONE,
                flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, fd: -1)
        } catch {
            addresses.side = nil
        }
    }
}
