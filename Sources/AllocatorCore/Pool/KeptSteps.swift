import CLinux

/// Free steps of a lazy pool that keep their blocks, for the next extents. What is freed is often wanted again at once, and to give
/// a step back and take it anew costs a page fault and 4 KiB of zeroes for each of its pages.
///
/// Only on tmpfs, and where blocks are never taken ahead. Elsewhere to give back and take anew costs little; and ext4 was seen to want
/// more blocks for a write to a kept step when it was full, which is SIGBUS (docs/fork-modes.md).
///
/// Three bounds hold. Never more is kept than is in use, or 32 MiB where that is more. Never more than a quarter of what the file
/// system had free when it was last asked. And half of what nobody needed in a whole second is given back: no timer says so, but
/// the next extent that comes back. Not thread-safe: `Heap` locks.
public struct KeptSteps {
    /// So many steps may be kept however little is in use: 32 MiB.
    static let least = (32 << 20) / SpaceReservation.step
    /// One part in so many of the file system's free space may be kept.
    static let partsOfFreeSpace = 4
    /// The file system is asked again when so many more steps are kept: 16 MiB.
    private static let stepsBetweenQuestions = (16 << 20) / SpaceReservation.step
    /// Nanoseconds after which half of what was never needed is given back.
    static let period: UInt64 = 1_000_000_000

    private var steps: PageSet
    /// No kept step lies here or behind.
    private var end = 0
    /// The fewest steps that were kept at any moment of this period: nobody needed those.
    private var fewest = 0
    private var periodStart: UInt64 = 0
    /// The most steps that the file system has room for, as of the last question.
    private var room = 0
    /// With more steps than this the question is asked again.
    private var known = 0

    /// No steps. `memory` is zeroed and lives as long as this value.
    init(stepCount: Int, memory: UnsafeMutableRawPointer) {
        steps = PageSet(pageCount: stepCount, memory: memory)
    }

    /// Steps that are kept.
    public var count: Int { steps.count }

    mutating func insert(_ step: Int) {
        steps.insert(step)
        end = max(end, step &+ 1)
    }

    mutating func remove(_ step: Int) {
        steps.remove(step)
        fewest = min(fewest, count)
    }

    mutating func removeAll() {
        steps.removeAll()
        fewest = 0
    }

    /// The next kept step from `step` on, or nil.
    func next(from step: Int) -> Int? { steps.next(from: step) }

    /// The highest run of kept steps, of which at most `most` at its end; nil if none is kept. The highest go first, since the lowest
    /// are handed out first.
    mutating func highestRun(most: Int) -> Range<Int>? {
        guard count > 0, most > 0 else { return nil }
        while !steps.contains(end &- 1) { end &-= 1 }
        var first = end &- 1
        while first > 0, end &- first < most, steps.contains(first &- 1) { first &-= 1 }
        return first..<end
    }

    /// How many steps nobody has needed for too long: other than 0 only if a period has ended. `now` is CLOCK_MONOTONIC in
    /// nanoseconds.
    mutating func unneeded(now: UInt64) -> Int {
        let periods = (now &- periodStart) / Self.period
        guard periods > 0 else { return 0 }
        let unneeded = fewest &- fewest &>> Int(truncatingIfNeeded: min(periods, 62))
        fewest = count
        periodStart = now
        forgetFreeSpace()
        return unneeded
    }

    /// Whether `excess` needs a newer answer of the file system.
    var mustAsk: Bool { count > known }

    /// Notes that answer.
    mutating func note(freeBytes: Int) {
        room = max(0, freeBytes) / Self.partsOfFreeSpace / SpaceReservation.step
        known = count &+ Self.stepsBetweenQuestions
    }

    /// Has the file system asked again, because a period has ended or it has turned out to be full.
    mutating func forgetFreeSpace() { known = 0 }

    /// How many steps more are kept than may be while `stepsInUse` are in use.
    func excess(stepsInUse: Int) -> Int { max(0, count &- min(room, max(Self.least, stepsInUse))) }
}

/// Keeping free steps, and giving them back.
extension Pool {
    /// After pages have become free: keeps those of their steps that are free now, and gives back what that makes too many.
    mutating func keepFreeSteps(_ first: Int, _ count: Int) {
        noteFreeSteps(first, count)
        guard sharing == .shared, reservation.kept.count > 0 else { return }
        guard file.isTmpfs || reservation.moment == .write else {
            giveBackKept()
            return
        }
        let pages = PageMap.pagesPerWord
        let unneeded = reservation.kept.unneeded(now: KernelClock.nanoseconds)
        if reservation.kept.mustAsk { reservation.kept.note(freeBytes: (try? file.freeBytes()) ?? 0) }
        giveBackKept(most: max(unneeded, reservation.kept.excess(stepsInUse: map.pagesInUse / pages)))
    }

    private mutating func noteFreeSteps(_ first: Int, _ count: Int) {
        let pages = PageMap.pagesPerWord
        for step in (first / pages)...((first &+ count &- 1) / pages)
        where map.isFree(word: step) && reservation.isReserved(step) && canGiveBack(step) {
            reservation.kept.insert(step)
        }
    }

    /// MADV_REMOVE would stop half-way at a private page, and would not zero it.
    private func canGiveBack(_ step: Int) -> Bool { !isFrozen(step: step) && !hasPrivatePage(step: step) }

    /// Gives up to `most` kept steps back to the file system. Returns whether any was.
    @discardableResult
    mutating func giveBackKept(most: Int = .max) -> Bool {
        guard sharing == .shared else { return false }
        var left = most
        var any = false
        while var run = reservation.kept.highestRun(most: left) {
            // A fork may have made pages private since the step was kept.
            var first = run.upperBound
            while first > run.lowerBound, canGiveBack(first &- 1) { first &-= 1 }
            if first == run.upperBound {
                reservation.kept.remove(first &- 1)
                continue
            }
            run = first..<run.upperBound
            for step in run { reservation.kept.remove(step) }
            left &-= run.count
            if giveBack(run) { any = true }
        }
        return any
    }

    private mutating func giveBack(_ run: Range<Int>) -> Bool {
        guard reservation.giveBack(run, mappedAt: base) else { return false }
        let step = SpaceReservation.step
        dumped.exclude(run.lowerBound &* step..<min(run.upperBound &* step, size), mappedAt: base, map)
        let first = run.lowerBound &* PageMap.pagesPerWord
        map.cleanse(first, count: min(run.upperBound &* PageMap.pagesPerWord, map.pageCount) &- first)
        return true
    }

    /// Where the file system had no room for pages, or for part of them: gives back those blocks and all that is kept. Returns whether
    /// any was kept before, so that another attempt may succeed.
    mutating func giveBackAfterFailure(_ first: Int, _ count: Int) -> Bool {
        guard reservation.isLazy, sharing == .shared else { return false }
        let hadKept = reservation.kept.count > 0
        noteFreeSteps(first, count)
        giveBackKept()
        reservation.kept.forgetFreeSpace()
        return hadKept
    }

    /// Before a copy of the pool is made beside it: gives back what is kept, unless there is room for both.
    mutating func makeRoomForCopy() {
        guard reservation.kept.count > 0, let free = try? file.freeBytes(),
            free < bytesInUse &+ reservation.kept.count &* SpaceReservation.step
        else { return }
        giveBackKept()
    }
}

/// What a pool kept when it became private for good. A step that was kept then is anonymous memory when it is handed out, so nobody
/// uses its blocks any more, and they can go after the fork, through the mapping that was moved aside.
struct KeptAside {
    /// The shared mapping of the whole file, up to the high-water mark.
    let mapping: UnsafeMutableRawPointer
    /// The process that has it: no child does.
    let owner: pid_t
    /// How many steps one call gives back: 8 MiB.
    static let stepsPerCall = (8 << 20) / SpaceReservation.step
}

extension Pool {
    /// Gives back some of what was kept when the pool became private.
    mutating func giveBackKeptAside() {
        guard let aside = keptAside else { return }
        guard aside.owner == Linux.processID,
            let run = reservation.kept.highestRun(most: KeptAside.stepsPerCall)
        else {
            keptAside = nil
            return
        }
        for step in run { reservation.kept.remove(step) }
        let step = SpaceReservation.step
        let offset = run.lowerBound &* step
        let length = min(run.upperBound &* step, size) &- offset
        try? Linux.advise(aside.mapping + offset, length: length, MADV_REMOVE)
    }
}
