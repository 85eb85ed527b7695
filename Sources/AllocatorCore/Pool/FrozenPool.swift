import CLinux

/// A frozen pool is mapped private over a file that nobody writes to: the heap as it was when it was frozen. Children copy
/// the file. When none needs it any more, the pages written since then return to it (`Fold`).
extension Pool {
    /// Whether a part of the pool is still, or again, mapped shared.
    var hasSharedPart: Bool { nextShared(from: 0) != nil }

    /// Records, just before the fork, that the pool is mapped private up to the high-water mark and its shared mapping kept aside.
    mutating func becomeFrozen() {
        sharing = .frozen
        frozenSteps.insert(0..<(highWaterMark &+ SpaceReservation.step &- 1) / SpaceReservation.step)
        foldOwner = Linux.processID
        // A fold in progress starts again after the child.
        foldPosition = nil
        fileUse.noteFork()
    }

    /// Whether `step` is mapped private for a freeze.
    func isFrozen(step: Int) -> Bool { frozenSteps.contains(step) }

    /// Whether a page of `step` was made private by itself (`ChildWrites`).
    func hasPrivatePage(step: Int) -> Bool {
        let pages = PageMap.pagesPerWord
        return privatePages.contains(anyOf: step &* pages..<min((step &+ 1) &* pages, map.pageCount))
    }

    /// In a child whose pool lies in its own file now, so that nothing is private.
    mutating func endPrivacy() {
        privatePages.removeAll()
        guard sharing == .frozen else { return }
        sharing = .shared
        frozenSteps.removeAll()
        stepsWithoutBlocks.removeAll()
        foldPosition = nil
        foldTally = FoldTally()
        foldObstacle = nil
        fileUse.end()
        guard let side = addresses.side else { return }
        // A mapping of the parent's file would keep that file's space.
        do throws(SystemError) {
            _ = try Linux.map(
                at: side, length: size, protection: PROT_NONE,
                flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, fd: -1)
        } catch {
            try? Linux.unmap(side, length: size)
            addresses.side = nil
        }
    }

    /// In a child that could not copy its pool: it keeps its parent's file, private for good. Returns false if that is impossible
    /// because the kernel unmapped the pool before it refused to map the copy there.
    mutating func stayFrozen() -> Bool {
        fileUse.keepMark()
        foldTally = FoldTally()
        addresses.giveUpSpare(size: size)
        return Linux.isMapped(base, length: size)
    }

    /// In a child that never gets a file of its own.
    mutating func stayPrivateForGood() {
        guard sharing == .frozen else { return }
        sharing = .remappedPrivate
        foldObstacle = nil
        foldTally = FoldTally()
        fileUse.keepMark()
        addresses.giveUpSpare(size: size)
        file.close()
    }
}
