import CLinux

/// What a program has locked in memory (mlock(2), mlockall(2) and their like) and a fork maps anew.
///
/// The kernel is asked what is locked, by whatever call it was, and nothing is noted of it. A child has no locks, here as
/// elsewhere.
extension Pool {
    /// Ranges of bytes that are locked. Beyond a number, those in between are taken in.
    struct LockedRanges {
        private var ranges = InlineArray<32, Range<Int>>(repeating: 0..<0)
        private var count = 0
        /// Whether what lies aside has been unlocked.
        var areReleased = false

        /// Adds a range behind all others.
        mutating func append(_ range: Range<Int>) {
            if count > 0, count == ranges.count || ranges[count &- 1].upperBound == range.lowerBound {
                ranges[count &- 1] = ranges[count &- 1].lowerBound..<range.upperBound
            } else {
                ranges[count] = range
                count &+= 1
            }
        }

        /// How many bytes they are in all.
        var bytes: Int {
            var sum = 0
            forEach { sum &+= $0.count }
            return sum
        }

        func forEach(_ body: (Range<Int>) -> Void) {
            for index in 0..<count { body(ranges[index]) }
        }
    }

    /// What is locked before the high-water mark. All of it where something is and the kernel's list cannot be read.
    private var lockedRanges: LockedRanges {
        var locked = LockedRanges()
        guard Linux.isLocked(base, length: highWaterMark) else { return locked }
        do throws(SystemError) {
            var mappings = try MappingList()
            while let mapping = mappings.next() {
                let start = max(Int(bitPattern: mapping.lowerBound) &- Int(bitPattern: base), 0)
                let end = min(Int(bitPattern: mapping.upperBound) &- Int(bitPattern: base), highWaterMark)
                guard start < end, Linux.isLocked(base + start, length: end &- start) else { continue }
                locked.append(start..<end)
            }
        } catch {
            locked.append(0..<highWaterMark)
        }
        return locked
    }

    /// Before the remap: what it is to lock again.
    ///
    /// Locked pages that are moved aside stay locked there, and the kernel counts them for both places, for good. So they
    /// are unlocked where they may count towards RLIMIT_MEMLOCK. Beyond it only a process has locks that it does not bind:
    /// unlocking 1 GiB would take longer than the fork of an ordinary heap.
    func takeLocks() -> LockedRanges {
        var locked = lockedRanges
        guard let limit = Linux.softLimit(__RLIMIT_MEMLOCK), UInt64(truncatingIfNeeded: locked.bytes) <= limit
        else { return locked }
        locked.forEach { try? Linux.unlock(base + $0.lowerBound, length: $0.count) }
        locked.areReleased = true
        return locked
    }

    /// Where nothing of the program's lies.
    var spareAddresses: SpareAddresses {
        func range(_ start: UnsafeMutableRawPointer?, _ length: Int) -> Range<UInt> {
            let first = UInt(bitPattern: start)
            return start == nil ? UInt.max..<UInt.max : first..<first &+ UInt(bitPattern: length)
        }
        return SpareAddresses(ranges: [
            range(base + highWaterMark, size &- highWaterMark), range(addresses.side, size),
            range(addresses.twin, size),
        ])
    }

    /// After the remap: page by page as they are touched, since to copy all of them now would take time and memory as for
    /// the whole heap. Until then the old pages are in memory.
    func lockAgain(_ locked: LockedRanges) {
        locked.forEach { range in
            try? Linux.lock(base + range.lowerBound, length: range.count, onFault: true)
            guard locked.areReleased else { return }
            try? Linux.advise(base + range.lowerBound, length: range.count, MADV_POPULATE_READ)
        }
    }

    /// Locks what lies between two positions of the high-water mark if the program has asked for that of all memory that
    /// it is yet to get (MCL_FUTURE), and brings it into memory unless it asked for locks on fault. Throws `SystemError`
    /// beyond RLIMIT_MEMLOCK, where an mmap(2) would fail too.
    func lockIfFutureIsLocked(_ range: Range<Int>) throws(SystemError) {
        // There is no call that tells. A new page does.
        let probe = try Linux.map(
            at: nil, length: Linux.pageSize, protection: PROT_READ | PROT_WRITE,
            flags: MAP_PRIVATE | MAP_ANONYMOUS, fd: -1)
        let isLocked = Linux.isLocked(probe, length: Linux.pageSize)
        let isResident = Linux.isResident(page: probe)
        try? Linux.unmap(probe, length: Linux.pageSize)
        guard isLocked else { return }
        try Linux.lock(base + range.lowerBound, length: range.count, onFault: true)
        if isResident { try? Linux.advise(base + range.lowerBound, length: range.count, MADV_POPULATE_WRITE) }
    }
}

/// Addresses that the pool holds for what it may need, without memory: what lies behind its high-water mark, its side
/// area and its twin. mlockall(2) has nothing to lock there, but the kernel counts them towards RLIMIT_MEMLOCK.
struct SpareAddresses {
    /// Lowest first; what is not there lies behind all others.
    let ranges: InlineArray<3, Range<UInt>>

    /// Whether all else that is mapped may be locked. Throws `SystemError` where that cannot be read.
    func remainderIsWithinLimit() throws(SystemError) -> Bool {
        guard let limit = Linux.softLimit(__RLIMIT_MEMLOCK) else { return true }
        var sum: UInt = 0
        try forEachRemainder { sum &+= UInt($0.count) }
        return UInt64(sum) <= limit
    }

    /// Locks all else that is mapped. What cannot be brought into memory is passed over, as the kernel does.
    func lockRemainder(onFault: Bool) throws(SystemError) {
        try forEachRemainder { part in
            guard let start = UnsafeMutableRawPointer(bitPattern: part.lowerBound) else { return }
            try? Linux.lock(start, length: part.count, onFault: onFault)
        }
    }

    private func forEachRemainder(_ body: (Range<UInt>) -> Void) throws(SystemError) {
        var mappings = try MappingList()
        while let mapping = mappings.next() {
            var start: UInt = 0
            for index in 0...ranges.count {
                let end = index < ranges.count ? ranges[index].lowerBound : UInt.max
                let part = mapping.clamped(to: start..<max(start, end))
                if !part.isEmpty { body(part) }
                if index < ranges.count { start = ranges[index].upperBound }
            }
        }
    }
}
