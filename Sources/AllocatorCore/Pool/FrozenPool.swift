import CLinux

/// A pool that is mapped private over a file that nobody writes: the heap of the moment at which it was frozen. Children copy
/// the file, and when none needs it any more, the pages written since then return to it (`Fold`).
extension Pool {
    /// Whether a part of the pool is still, or again, mapped shared.
    var hasSharedPart: Bool { nextShared(from: 0) != nil }

    /// Notes that the pool is mapped private up to the high-water mark, its shared mapping kept aside, and that a child is to come.
    mutating func becomeFrozen() {
        sharing = .frozen
        frozenSteps.insert(0..<(highWaterMark &+ SpaceReservation.step &- 1) / SpaceReservation.step)
        foldOwner = Linux.processID
        // A fold that is under way starts again behind the child.
        foldPosition = nil
        fileUse.noteFork()
    }

    /// Whether `step` is mapped private for a freeze.
    func isFrozen(step: Int) -> Bool { frozenSteps.contains(step) }

    /// In a child whose pool lies in a file of its own by now: nothing of it is private.
    mutating func endPrivacy() {
        privatePages.removeAll()
        guard sharing == .frozen else { return }
        sharing = .shared
        frozenSteps.removeAll()
        stepsWithoutBlocks.removeAll()
        foldPosition = nil
        foldTally = FoldTally()
        fileUse.end()
        guard let side = addresses.side else { return }
        // A mapping of the parent's file would keep its space.
        do throws(SystemError) {
            _ = try Linux.map(
                at: side, length: size, protection: PROT_NONE,
                flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, fd: -1)
        } catch {
            try? Linux.unmap(side, length: size)
            addresses.side = nil
        }
    }

    /// In a child that could not copy its pool: it stays on its parent's file, private for good. Returns whether it can: where the
    /// kernel has unmapped the pool before it refused another mapping there, it cannot.
    mutating func stayFrozen() -> Bool {
        fileUse.keepMark()
        addresses.giveUpSpare(size: size)
        return Linux.isMapped(base, length: size)
    }
}
