import CLinux

/// How a frozen pool returns to its file. The pages written since the freeze are copied to the shared mapping, which was kept aside
/// with all its page tables, and that mapping is moved back over the pool. This causes no page faults later, and frees the RAM.
///
/// A fold consists of runs of steps. Each run is copied and moved at once, with signals blocked, and nobody can write to a page
/// between its copy and its move: there is no other thread, or `WriteProtection` has them wait. Each call checks for obstacles again.
/// A fork in between freezes the part that is shared by then once more.
///
/// Where other threads cannot be made to wait, only steps that are free return: they hold nothing, so nothing is copied, and under
/// the heap's lock nobody is handed them meanwhile.
///
/// The heap's lock also keeps others from dropping pages (`Heap.purge`), since anonymous memory that is not present is not protected,
/// and the lock of mappings keeps memory from being locked meanwhile.
extension Pool {
    /// The largest number of pages that a run copies before it is moved. It bounds the pause.
    private static let mostPagesInRun = 128
    /// The length in bytes of a run with little to copy.
    private static let longestRun = 8 << 20
    /// The same while other threads must wait if they write to it.
    private static let longestProtectedRun = 2 << 20

    /// The bytes of the pool that wait to be folded: mapped private, in use or not.
    var bytesToFold: Int {
        sharing == .frozen ? min(frozenSteps.count &* SpaceReservation.step, highWaterMark) : 0
    }

    /// Folds until `deadline`, CLOCK_MONOTONIC in nanoseconds, but at least one run. Returns the obstacle, also where free steps were
    /// folded; nil if nothing is private any more, or if only the time was up. All signals must be blocked.
    mutating func fold(until deadline: UInt64) -> FoldObstacle? {
        foldObstacle = foldWhatIsPossible(until: deadline)
        return foldObstacle
    }

    private mutating func foldWhatIsPossible(until deadline: UInt64) -> FoldObstacle? {
        guard sharing == .frozen else { return sharing == .shared ? nil : .mode }
        guard foldOwner == Linux.processID, addresses.side != nil else { return .means }
        // Nobody may fork after this, and nobody does under the heap's lock.
        guard fileUse.isOver() else { return .children }
        if FoldConditions.isLocked(self) { return .locks }
        do throws(SystemError) {
            let isAlone = FoldConditions.isOnlyThread
            var protection = isAlone ? nil : protectionFromThreads()
            guard isAlone || protection != nil else { return try foldFree(until: deadline, .threads) }
            var writes = try AsynchronousWrites()
            guard try !writes.mayBeUnderWay() else {
                return try foldFree(until: deadline, .asynchronousWrites)
            }
            var pages = try PrivatePages()
            try beginFold()
            repeat {
                guard let run = nextRunToFold() else {
                    if endFold() { return nil }
                    foldPosition = 0
                    return .means
                }
                do throws(SystemError) {
                    try fold(run, &pages, &protection, &writes)
                } catch {
                    // The program has closed a page to itself by mprotect(2). Its step stays as it is.
                    guard error.code == EINVAL else { throw error }
                    foldPosition = run.lowerBound &+ 1
                }
            } while KernelClock.nanoseconds < deadline
            return nil
        } catch {
            switch error.code {
            case EFAULT, ENOSPC, EDQUOT: return .noRoom
            case EINPROGRESS: return .asynchronousWrites
            default: return .means
            }
        }
    }

    /// A protection for a fold beside other threads; nil where there is none.
    private mutating func protectionFromThreads() -> WriteProtection? {
        var marker = 0
        guard file.isTmpfs, mayProtect, !withUnsafePointer(to: &marker, { contains($0) }) else { return nil }
        do throws(SystemError) {
            return try WriteProtection()
        } catch {
            // What the process may not do, or the kernel cannot, is not tried again.
            mayProtect = error.code == EMFILE || error.code == ENFILE || error.code == ENOMEM
            return nil
        }
    }

    /// Folds free steps. Returns `obstacle`, which is in the way of others, when there are no more.
    private mutating func foldFree(
        until deadline: UInt64, _ obstacle: FoldObstacle
    ) throws(SystemError) -> FoldObstacle? {
        try beginFold()
        repeat {
            guard let run = nextFreeRun() else {
                freeFoldPosition = 0
                return endFold() ? nil : obstacle
            }
            try foldFree(run)
            freeFoldPosition = run.upperBound
        } while KernelClock.nanoseconds < deadline
        return nil
    }

    /// Once after each freeze: makes the shared mapping writable, and maps a twin for the next fork.
    private mutating func beginFold() throws(SystemError) {
        guard foldPosition == nil, let side = addresses.side else { return }
        let fd = try file.descriptor()
        try Linux.protect(side, length: highWaterMark, PROT_READ | PROT_WRITE)
        mapTwin(fd)
        foldPosition = 0
        freeFoldPosition = 0
        sharedPieces = 0
    }

    /// Returns whether nothing is private any more.
    private mutating func endFold() -> Bool {
        guard frozenSteps.count == 0 else { return false }
        foldPosition = nil
        sharing = .shared
        foldTally.noteEnd()
        return true
    }

    /// The next frozen steps that are free, at most `longestRun` bytes of them.
    ///
    /// Each piece of the pool that is shared by itself is a mapping, and costs the next fork some system calls. So a new piece must
    /// be as many steps long as there are pieces already, which bounds their number by the square root of the pool's size.
    private func nextFreeRun() -> Range<Int>? {
        let pagesInStep = PageMap.pagesPerWord
        var page = freeFoldPosition &* pagesInStep
        while let free = map.findFree(pagesInStep, alignment: pagesInStep, from: page) {
            let first = free / pagesInStep
            var end = first
            while isFrozen(step: end), map.isFree(word: end),
                !hasPrivatePage(step: end)
            { end &+= 1 }
            if end > first, end &- first >= sharedPieces || neighbours(first..<end) > 0 {
                return first..<min(end, first &+ Self.longestRun / SpaceReservation.step)
            }
            page = max(end, first &+ 1) &* pagesInStep
        }
        return nil
    }

    /// How many of the two steps beside `steps` are shared.
    private func neighbours(_ steps: Range<Int>) -> Int {
        let before = steps.lowerBound > 0 && !isFrozen(step: steps.lowerBound &- 1)
        let after =
            steps.upperBound &* SpaceReservation.step < highWaterMark && !isFrozen(step: steps.upperBound)
        return (before ? 1 : 0) &+ (after ? 1 : 0)
    }

    /// The next frozen steps that are all in use, or all free, and all with blocks in the file or all without.
    private mutating func nextRunToFold() -> Range<Int>? {
        let pagesInStep = SpaceReservation.step / Linux.pageSize
        var first = foldPosition ?? 0
        while let next = frozenSteps.next(from: first) {
            // The side does not map pages that were private before the freeze, so their steps stay as they are.
            guard !hasPrivatePage(step: next) else {
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
                !hasPrivatePage(step: end)
            { end &+= 1 }
            foldPosition = next
            return next..<end
        }
        return nil
    }

    /// Folds the first steps of `run`, as many as copy about `mostPagesInRun` pages. Throws EINVAL if the program has closed a page to
    /// itself, EINPROGRESS if the kernel may be writing by now, and what the file system and the kernel refuse with; no byte is lost.
    private mutating func fold(
        _ run: Range<Int>, _ pages: inout PrivatePages, _ protection: inout WriteProtection?,
        _ writes: inout AsynchronousWrites
    ) throws(SystemError) {
        guard !map.isFree(word: run.lowerBound) else {
            try foldFree(run)
            foldPosition = run.upperBound
            return
        }
        let began = KernelClock.nanoseconds
        try takeBlocks(for: run)
        let step = SpaceReservation.step
        let start = run.lowerBound &* step
        var end = min(run.upperBound &* step, size)
        if protection != nil { end = min(end, start &+ Self.longestProtectedRun) }
        let base = self.base
        let seen = try pages.forEach(in: start..<end, of: base, most: Self.mostPagesInRun) {
            (range) throws(SystemError) in
            // They are present, so this only fails where they may not be written to.
            try Linux.advise(base + range.lowerBound, length: range.count, MADV_POPULATE_WRITE)
        }
        if seen < end { end = seen / step &* step }
        guard end > start else { throw SystemError(EIO) }
        let steps = run.lowerBound..<(end &+ step &- 1) / step
        let copied: Int
        if protection == nil {
            var absent = AbsentPages(from: start)
            copied = try copyPrivatePages(in: start..<end, &pages, &absent)
            try moveBack(steps)
        } else {
            var absent = try absentPages(of: start..<end)
            try protection?.protect(base + start, length: end &- start)
            do throws(SystemError) {
                // Whoever has a page pinned by now does not meet the protection.
                guard try !writes.mayBeUnderWay() else { throw SystemError(EINPROGRESS) }
                copied = try copyPrivatePages(in: start..<end, &pages, &absent)
                makeHoles(of: absent)
                guard protection?.isInPlace == true else { throw SystemError(EBADF) }
                try moveBack(steps)
            } catch {
                protection?.lift(base + start, length: end &- start)
                throw error
            }
            protection?.wake(base + start, length: end &- start)
        }
        foldPosition = steps.upperBound
        foldTally.note(bytes: copied, nanoseconds: KernelClock.nanoseconds &- began)
    }

    /// Folds free steps: there is nothing to copy.
    private mutating func foldFree(_ run: Range<Int>) throws(SystemError) {
        let began = KernelClock.nanoseconds
        try moveBack(run)
        foldTally.note(bytes: 0, nanoseconds: KernelClock.nanoseconds &- began)
    }

    /// Copies the private pages of `range` to the side. Returns the bytes copied.
    private func copyPrivatePages(
        in range: Range<Int>, _ pages: inout PrivatePages, _ absent: inout AbsentPages
    ) throws(SystemError) -> Int {
        guard let side = addresses.side else { throw SystemError(ENOMEM) }
        let base = self.base
        var copied = 0
        _ = try pages.forEach(in: range, of: base) { (range) throws(SystemError) in
            // Without room for the write this fails, instead of a signal.
            try Linux.advise(side + range.lowerBound, length: range.count, MADV_POPULATE_WRITE)
            memcpy(side + range.lowerBound, base + range.lowerBound, range.count)
            absent.remove(range)
            copied &+= range.count
        }
        return copied
    }

    private func absentPages(of range: Range<Int>) throws(SystemError) -> AbsentPages {
        var absent = AbsentPages(from: range.lowerBound)
        guard reservation.moment == .write || reservation.moment == .handOutIfSmall,
            let side = addresses.side
        else { return absent }
        var isThere = InlineArray<64, UInt64>(repeating: 0)
        try withUnsafeMutablePointer(to: &isThere) { (isThere) throws(SystemError) in
            let residence = UnsafeMutableRawPointer(isThere)
            try Linux.findResident(side + range.lowerBound, length: range.count, residence)
            for page in 0..<range.count / Linux.pageSize
            where residence.load(fromByteOffset: page, as: UInt8.self) & 1 == 0 {
                absent.insert(range.lowerBound &+ page &* Linux.pageSize)
            }
        }
        return absent
    }

    /// Makes holes again of pages that have become zeroes. Whether they are is looked at, since a page that was in swap was absent too.
    private func makeHoles(of absent: AbsentPages) {
        guard let side = addresses.side else { return }
        var next = absent.next(from: 0)
        while let first = next {
            var end = first
            while absent.next(from: end) == end, isZero(side + end) { end &+= Linux.pageSize }
            if end > first { try? Linux.advise(side + first, length: end &- first, MADV_REMOVE) }
            next = absent.next(from: max(end, first &+ Linux.pageSize))
        }
    }

    private func isZero(_ page: UnsafeMutableRawPointer) -> Bool {
        page.load(as: UInt64.self) == 0 && memcmp(page, page + 8, Linux.pageSize &- 8) == 0
    }

    /// Moves the shared mapping of `steps` back over the pool. They hold in the file what they are to hold, or are free.
    private mutating func moveBack(_ steps: Range<Int>) throws(SystemError) {
        guard let side = addresses.side else { throw SystemError(ENOMEM) }
        let step = SpaceReservation.step
        let range = steps.lowerBound &* step..<min(steps.upperBound &* step, size)
        do throws(SystemError) {
            try Linux.move(side + range.lowerBound, length: range.count, to: base + range.lowerBound)
        } catch {
            // The kernel may have unmapped this part of the pool before it refused. All of its bytes are in the file.
            guard !Linux.isMapped(base + range.lowerBound, length: range.count) else { throw error }
            _ = try Linux.map(
                at: base + range.lowerBound, length: range.count, protection: PROT_READ | PROT_WRITE,
                flags: MAP_SHARED | MAP_FIXED, fd: try file.descriptor(), offset: range.lowerBound)
            dumped.suspend(range, mappedAt: base)
        }
        keepSidesAddresses(range)
        sharedPieces &+= 1 &- neighbours(steps)
        for step in steps {
            frozenSteps.remove(step)
            if map.isFree(word: step) { giveBackFolded(step: step) }
        }
        dumped.resume(range, mappedAt: base)
    }

    /// Takes blocks for steps that were only in RAM, unless pages have theirs as they are written.
    private mutating func takeBlocks(for run: Range<Int>) throws(SystemError) {
        guard reservation.isLazy, let side = addresses.side else { return }
        for step in run where stepsWithoutBlocks.contains(step) {
            let offset = step &* SpaceReservation.step
            let length = min(SpaceReservation.step, size &- offset)
            if reservation.moment == .handOut {
                try file.takeBlocks(offset: offset, length: length, mappedAt: side + offset)
            }
            stepsWithoutBlocks.remove(step)
        }
    }

    /// Returns a free step of a lazy pool to the file system, as would have happened when it became free.
    private mutating func giveBackFolded(step: Int) {
        if stepsWithoutBlocks.contains(step) {
            stepsWithoutBlocks.remove(step)
            reservation.noteNotReserved(step: step)
        } else if reservation.isLazy {
            reservation.kept.remove(step)
            guard reservation.isReserved(step), reservation.giveBack(step..<step &+ 1, mappedAt: base) else {
                return
            }
        }
        guard reservation.isLazy else { return }
        let pages = PageMap.pagesPerWord
        map.cleanse(step &* pages, count: min(pages, map.pageCount &- step &* pages))
    }

    /// Reserves the addresses of a part of the side that was moved back into the pool, so that nobody else's mapping gets there.
    private mutating func keepSidesAddresses(_ range: Range<Int>) {
        guard let side = addresses.side else { return }
        do throws(SystemError) {
            try AddressSpace.hold(side + range.lowerBound, length: range.count)
        } catch {
            addresses.side = nil
        }
    }
}
