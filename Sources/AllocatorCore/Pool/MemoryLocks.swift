import CLinux

/// Memory that the program has locked (mlock(2), mlockall(2) and so on) and that a fork remaps.
///
/// The kernel is asked each time what is locked, whichever call did it; the library keeps no record. A child has no locks,
/// as usual.
extension Pool {
    /// Ranges of locked bytes. If there are too many, the last one covers the rest, including what lies between.
    struct LockedRanges {
        private var ranges = InlineArray<32, Range<Int>>(repeating: 0..<0)
        private var count = 0
        /// Whether the old pages have been unlocked.
        var areReleased = false

        /// Adds a range that lies behind all others.
        mutating func append(_ range: Range<Int>) {
            if count > 0, count == ranges.count || ranges[count &- 1].upperBound == range.lowerBound {
                ranges[count &- 1] = ranges[count &- 1].lowerBound..<range.upperBound
            } else {
                ranges[count] = range
                count &+= 1
            }
        }

        /// The number of bytes in all ranges.
        var bytes: Int {
            var sum = 0
            forEach { sum &+= $0.count }
            return sum
        }

        func forEach(_ body: (Range<Int>) -> Void) {
            for index in 0..<count { body(ranges[index]) }
        }
    }

    /// The locked ranges below the high-water mark. If some memory is locked and the kernel's list cannot be read, all of it.
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

    /// Before the remap: returns what must be locked again after it.
    ///
    /// Locked pages that are moved aside stay locked, and the kernel counts them twice for ever. So they are unlocked first,
    /// unless they exceed RLIMIT_MEMLOCK. Then the limit does not bind this process, and unlocking would only take time: for
    /// 1 GiB longer than the fork of an ordinary heap.
    func takeLocks() -> LockedRanges {
        var locked = lockedRanges
        guard let limit = Linux.softLimit(__RLIMIT_MEMLOCK), UInt64(truncatingIfNeeded: locked.bytes) <= limit
        else { return locked }
        locked.forEach { try? Linux.unlock(base + $0.lowerBound, length: $0.count) }
        locked.areReleased = true
        return locked
    }

    /// The pool's addresses without anything of the program's.
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

    /// After the remap: locks pages as they are touched. Locking all of them now would copy them, which would take the time and
    /// memory of the whole heap. Until then the old pages are in memory.
    func lockAgain(_ locked: LockedRanges) {
        locked.forEach { range in
            try? Linux.lock(base + range.lowerBound, length: range.count, onFault: true)
            guard locked.areReleased else { return }
            try? Linux.advise(base + range.lowerBound, length: range.count, MADV_POPULATE_READ)
        }
    }

    /// Locks a range that the high-water mark has passed, if the program has locked all future memory (MCL_FUTURE), and brings
    /// it into memory unless the program asked for locks on fault. Throws ENOMEM, EPERM or EAGAIN beyond RLIMIT_MEMLOCK, where
    /// mmap(2) would fail too.
    func lockIfFutureIsLocked(_ range: Range<Int>) throws(SystemError) {
        // No system call tells whether it has, but a new page does.
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

/// Addresses that the pool holds in reserve, without memory: those beyond its high-water mark, its side area and its twin.
/// There is nothing for mlockall(2) to lock, but the kernel counts them towards RLIMIT_MEMLOCK.
struct SpareAddresses {
    /// Lowest first. Missing ranges lie behind all others.
    let ranges: InlineArray<3, Range<UInt>>

    /// Whether RLIMIT_MEMLOCK allows locking all other mappings. Throws as `MappingList` if they cannot be read.
    func remainderIsWithinLimit() throws(SystemError) -> Bool {
        guard let limit = Linux.softLimit(__RLIMIT_MEMLOCK) else { return true }
        var sum: UInt = 0
        try forEachRemainder { sum &+= UInt($0.count) }
        return UInt64(sum) <= limit
    }

    /// Locks all other mappings. Skips those that cannot be brought into memory, as the kernel does. Throws as `MappingList`.
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
