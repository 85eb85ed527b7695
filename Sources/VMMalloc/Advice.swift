import CLinux
import CVMMalloc

// madvise(2), exported because programs give advice about heap memory that is anonymous elsewhere. The pool is a file: the kernel
// would keep what it is told to drop, or show what the file had before a fork, and take blocks away that are reserved.

/// madvise(2), with the effect that it has on anonymous memory where the range lies in the pool. RAM does not come back.
/// Async-signal-safe.
@c(vmmalloc_madvise)
public func advise(_ address: UnsafeMutableRawPointer?, _ length: Int, _ advice: CInt) -> CInt {
    guard let heap,
        advice == MADV_DONTNEED || advice == MADV_DONTNEED_LOCKED || advice == MADV_FREE
            || advice == MADV_REMOVE,
        let range = wholePages(address, length)
    else { return vmmalloc_next_madvise(address, length, advice) }
    let base = UInt(bitPattern: heap.base)
    let pool = range.clamped(to: base..<(base &+ UInt(bitPattern: heap.size)))
    guard !pool.isEmpty else { return vmmalloc_next_madvise(address, length, advice) }
    // What lies before and behind it is the kernel's.
    guard adviseKernel(range.lowerBound..<pool.lowerBound, advice) == 0 else { return -1 }
    do throws(SystemError) {
        switch advice {
        // It may be dropped, at any time or never.
        case MADV_FREE: break
        // Not for anonymous memory.
        case MADV_REMOVE: throw SystemError(EINVAL)
        default: try zero(pool)
        }
    } catch {
        linux_set_errno(error.code)
        return -1
    }
    return adviseKernel(pool.upperBound..<range.upperBound, advice)
}

/// The pages of a range; nil where the kernel would refuse it or do nothing.
private func wholePages(_ address: UnsafeMutableRawPointer?, _ length: Int) -> Range<UInt>? {
    let first = UInt(bitPattern: address)
    let mask = UInt(bitPattern: Linux.pageSize &- 1)
    let (end, overflow) = first.addingReportingOverflow(UInt(bitPattern: length))
    guard !overflow, first & mask == 0, end > first, end <= UInt.max &- mask else { return nil }
    return first..<((end &+ mask) & ~mask)
}

private func adviseKernel(_ range: Range<UInt>, _ advice: CInt) -> CInt {
    guard !range.isEmpty else { return 0 }
    return vmmalloc_next_madvise(
        UnsafeMutableRawPointer(bitPattern: range.lowerBound),
        Int(bitPattern: range.upperBound &- range.lowerBound), advice)
}

/// Has pages of the pool read as zero. Pages that do so are not written. Throws EINVAL for one that may not be read and
/// written, ENOMEM or EFAULT where a page has no room.
private func zero(_ range: Range<UInt>) throws(SystemError) {
    let step = UInt(bitPattern: Linux.hugePageSize)
    let pageBytes = UInt(bitPattern: Linux.pageSize)
    var address = range.lowerBound
    while address < range.upperBound {
        let end = min(range.upperBound, address &+ step)
        try populate(address..<end, MADV_POPULATE_READ)
        while address < end {
            var dirtyEnd = address
            while dirtyEnd < end, !isZero(dirtyEnd) { dirtyEnd &+= pageBytes }
            if dirtyEnd > address, let dirty = UnsafeMutableRawPointer(bitPattern: address) {
                // Where the file system has no room for a write, or it is not allowed, this says so, and no signal.
                try populate(address..<dirtyEnd, MADV_POPULATE_WRITE)
                memset(dirty, 0, Int(bitPattern: dirtyEnd &- address))
            }
            address = dirtyEnd &+ (dirtyEnd < end ? pageBytes : 0)
        }
    }
}

private func populate(_ range: Range<UInt>, _ advice: CInt) throws(SystemError) {
    guard let address = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { return }
    try Linux.advise(address, length: Int(bitPattern: range.upperBound &- range.lowerBound), advice)
}

private func isZero(_ page: UInt) -> Bool {
    guard let words = UnsafePointer<UInt64>(bitPattern: page) else { return true }
    for index in 0..<(Linux.pageSize / 8) where words[index] != 0 { return false }
    return true
}
