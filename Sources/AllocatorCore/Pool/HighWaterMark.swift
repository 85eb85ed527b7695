import CLinux

/// The high-water mark: what lies behind it was never handed out, and is mapped without access.
///
/// So what a program does to its whole memory meets only what it uses of the pool: mlockall(2) brings nothing else into
/// memory, and of a private mapping only this counts towards RLIMIT_DATA and under strict overcommit, as it would on an
/// ordinary heap. A wild pointer there is SIGSEGV.
extension Pool {
    /// How far the mark moves at least: a system call for each so many bytes that the heap grows by.
    static let highWaterStep = 4 << 20

    /// Gives access to all bytes before `end`. Throws `SystemError` where a limit of the process is in the way; then
    /// nothing has changed.
    mutating func raiseHighWaterMark(to end: Int) throws(SystemError) {
        guard end > highWaterMark else { return }
        let mark = min((end &+ Self.highWaterStep &- 1) / Self.highWaterStep &* Self.highWaterStep, size)
        let rise = highWaterMark..<mark
        switch sharing {
        case .shared: try openShared(rise)
        case .remappedPrivate: try openPrivately(rise)
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

    /// After a remap what is new is RAM: nothing of the file needs to be copied for it.
    private mutating func openPrivately(_ rise: Range<Int>) throws(SystemError) {
        _ = try Linux.map(
            at: base + rise.lowerBound, length: rise.count, protection: PROT_READ | PROT_WRITE,
            flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, fd: -1)
        dumped.suspend(rise, mappedAt: base)
        let last = (rise.upperBound &- 1) / SpaceReservation.step
        for step in (rise.lowerBound / SpaceReservation.step)...last { reservation.noteReserved(step: step) }
    }
}
