import CLinux

/// The high-water mark: beyond it, nothing was ever handed out, and the pool is mapped without access.
///
/// So the unused rest of the pool stays out of what a program does to all of its memory, as with an ordinary heap: mlockall(2)
/// does not bring it into memory, and as a private mapping it does not count towards RLIMIT_DATA or under strict
/// overcommit. A wild pointer into it is SIGSEGV.
extension Pool {
    /// The mark moves in multiples of this many bytes. Each move is a system call.
    static let highWaterStep = 4 << 20

    /// Gives access to all bytes before `end`. Throws ENOMEM, EPERM or EAGAIN if a limit of the process is in the way (RLIMIT_DATA,
    /// RLIMIT_AS, RLIMIT_MEMLOCK); nothing has changed then.
    mutating func raiseHighWaterMark(to end: Int) throws(SystemError) {
        guard end > highWaterMark else { return }
        let mark = min((end &+ Self.highWaterStep &- 1) / Self.highWaterStep &* Self.highWaterStep, size)
        let rise = highWaterMark..<mark
        switch sharing {
        case .shared: try openShared(rise)
        case .remappedPrivate: try openPrivately(rise)
        case .frozen:
            keepAside(rise)
            try openPrivately(rise)
            let steps =
                rise.lowerBound / SpaceReservation.step..<(rise.upperBound &+ SpaceReservation.step &- 1)
                / SpaceReservation.step
            frozenSteps.insert(steps)
            if reservation.isLazy { stepsWithoutBlocks.insert(steps) }
        }
        highWaterMark = mark
    }

    private func openShared(_ rise: Range<Int>) throws(SystemError) {
        try Linux.protect(base + rise.lowerBound, length: rise.count, PROT_READ | PROT_WRITE)
        do throws(SystemError) {
            try lockIfFutureIsLocked(rise)
        } catch {
            try? Linux.protect(base + rise.lowerBound, length: rise.count, PROT_NONE)
            throw error
        }
    }

    /// Keeps the shared mapping of what is opened privately, for the day when it is no longer to be private.
    private mutating func keepAside(_ rise: Range<Int>) {
        guard let side = addresses.side else { return }
        do throws(SystemError) {
            try Linux.move(
                base + rise.lowerBound, length: rise.count, to: side + rise.lowerBound,
                flags: MREMAP_DONTUNMAP)
            try Linux.protect(side + rise.lowerBound, length: rise.count, PROT_READ | PROT_WRITE)
        } catch {
            // As where page tables are moved aside.
            addresses.side = nil
        }
    }

    /// After a remap new memory is anonymous, so that no page of the file is copied for it.
    private mutating func openPrivately(_ rise: Range<Int>) throws(SystemError) {
        _ = try Linux.map(
            at: base + rise.lowerBound, length: rise.count, protection: PROT_READ | PROT_WRITE,
            flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, fd: -1)
        dumped.suspend(rise, mappedAt: base)
        let last = (rise.upperBound &- 1) / SpaceReservation.step
        for step in (rise.lowerBound / SpaceReservation.step)...last { reservation.noteReserved(step: step) }
    }
}
