import CLinux

/// Runs of pages: handing them out and taking them back.
extension Pool {
    /// A run of pages that has been handed out.
    public struct Run {
        /// The first byte.
        public let address: UnsafeMutableRawPointer
        /// Whether it was never handed out before and therefore reads as zero.
        public let isFresh: Bool
    }

    /// Hands out `length` bytes (a multiple of the page size) at a multiple of `alignment` (a power of two), or
    /// exactly at `fixed`. Nil if the pool or the file system has no room.
    public mutating func allocate(
        _ length: Int, alignment: Int, at fixed: UnsafeMutableRawPointer? = nil
    ) -> Run? {
        let count = length / Linux.pageSize
        guard count > 0, length & (Linux.pageSize &- 1) == 0,
            let first = place(count, alignment: alignment, at: fixed)
        else { return nil }
        let offset = first &* Linux.pageSize
        let range = offset..<(offset &+ length)
        do throws(SystemError) {
            try raiseHighWaterMark(to: range.upperBound)
        } catch {
            return nil
        }
        guard cover(range) || giveBackAfterFailure(first, count) && cover(range) else {
            _ = giveBackAfterFailure(first, count)
            return nil
        }
        invariant(
            Int(bitPattern: base + offset) & (alignment &- 1) == 0,
            "page \(first) is not aligned to \(size: alignment)")
        dumped.include(range, mappedAt: base)
        return Run(address: base + offset, isFresh: map.take(first, count: count))
    }

    /// Takes space for `range`. Returns false if there is none.
    private mutating func cover(_ range: Range<Int>) -> Bool {
        do throws(SystemError) {
            switch sharing {
            case .shared: try reservation.cover(range, of: file, mappedAt: base)
            case .remappedPrivate: try reservation.coverPrivately(range, mappedAt: base)
            case .frozen: try coverFrozen(range)
            }
            return true
        } catch {
            return false
        }
    }

    /// Takes space for what is shared again, and RAM for what is private.
    private mutating func coverFrozen(_ range: Range<Int>) throws(SystemError) {
        let step = SpaceReservation.step
        var start = range.lowerBound
        while start < range.upperBound {
            let isPrivate = isFrozen(step: start / step)
            var end = (start / step &+ 1) &* step
            while end < range.upperBound, isFrozen(step: end / step) == isPrivate { end &+= step }
            let part = start..<min(end, range.upperBound)
            if isPrivate {
                for covered in part.lowerBound / step...(part.upperBound &- 1) / step
                where reservation.isLazy && !reservation.isReserved(covered) {
                    stepsWithoutBlocks.insert(covered)
                }
                try reservation.coverPrivately(part, mappedAt: base)
            } else {
                try reservation.cover(part, of: file, mappedAt: base)
            }
            start = part.upperBound
        }
    }

    private func place(_ count: Int, alignment: Int, at fixed: UnsafeMutableRawPointer?) -> Int? {
        if let fixed {
            let offset = fixed - base
            guard offset >= 0, offset < size, offset & (alignment &- 1) == 0 else { return nil }
            let first = offset / Linux.pageSize
            return map.isFree(first, count: count) ? first : nil
        }
        // The base may be aligned to less than `alignment`. Addresses count, not offsets.
        let misalignment = Int(bitPattern: UInt(bitPattern: base) & UInt(bitPattern: alignment &- 1))
        guard misalignment == 0 else {
            return placeAgainstMisalignedBase(count, alignment: alignment, misalignment: misalignment)
        }
        return map.findFree(count, alignment: max(1, alignment / Linux.pageSize))
    }

    /// Finds a longer run, of which only the aligned part is taken.
    private func placeAgainstMisalignedBase(_ count: Int, alignment: Int, misalignment: Int) -> Int? {
        let slack = alignment / Linux.pageSize
        let (wanted, overflow) = count.addingReportingOverflow(slack)
        guard !overflow, let first = map.findFree(wanted) else { return nil }
        let address = misalignment &+ first &* Linux.pageSize
        let aligned = (address &+ alignment &- 1) & ~(alignment &- 1)
        return (aligned &- misalignment) / Linux.pageSize
    }

    /// Takes back a run, or part of one. If that leaves steps of a lazy pool free, the file system gets blocks back, these or those
    /// of other free steps, as `KeptSteps` says.
    public mutating func release(_ address: UnsafeMutableRawPointer, length: Int) {
        invariant(
            contains(address) && (address - base) & (Linux.pageSize &- 1) == 0
                && length & (Linux.pageSize &- 1) == 0,
            "\(address) of \(size: length) bytes is no run of the pool's pages")
        let first = (address - base) / Linux.pageSize
        let count = length / Linux.pageSize
        map.release(first, count: count)
        if sharing == .shared && reservation.isLazy {
            // Core files have kept steps too: to leave them out would take as many system calls as to give them back.
            return keepFreeSteps(first, count)
        }
        let offset = address - base
        dumped.exclude(offset..<(offset &+ length), mappedAt: base, map)
        if sharing == .frozen && reservation.isLazy { keepFreeSteps(first, count) }
        if sharing == .remappedPrivate { giveBackKeptAside() }
    }

    /// Whether `address` lies in the pool.
    public func contains(_ address: UnsafeRawPointer) -> Bool { addresses.contain(address, size: size) }

    /// The bytes that are handed out.
    public var bytesInUse: Int { map.pagesInUse &* Linux.pageSize }
}

extension PageMap {
    /// The first range of whole reservation steps with bytes in use, from `offset` on, which is a multiple of the step. Ranges
    /// with at most `gap` free bytes between them count as one. In bytes from the beginning of the pool; nil at the end.
    public func nextStepsInUse(from offset: Int, gap: Int = 0) -> Range<Int>? {
        let step = SpaceReservation.step
        guard let pages = nextUsed(from: offset / Linux.pageSize, gap: max(gap, step) / Linux.pageSize)
        else { return nil }
        let first = pages.lowerBound &* Linux.pageSize / step &* step
        let end = (pages.upperBound &* Linux.pageSize &+ step &- 1) / step &* step
        return first..<min(end, pageCount &* Linux.pageSize)
    }
}
