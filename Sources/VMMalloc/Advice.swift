import CLinux
import CVMMalloc

// madvise(2), exported because programs give advice about heap memory, which elsewhere is anonymous. The pool is a file: the
// kernel would keep what it is told to drop, or show the file's bytes from before a fork, or take reserved blocks away.

/// madvise(2). In the pool it has the effect that it has on anonymous memory, except that it frees no RAM. Any thread;
/// async-signal-safe.
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
    // The parts before and after the pool are left to the kernel.
    guard adviseKernel(range.lowerBound..<pool.lowerBound, advice) == 0 else { return -1 }
    do throws(SystemError) {
        switch advice {
        // The kernel may drop the pages at any time, or never.
        case MADV_FREE: break
        // As for anonymous memory.
        case MADV_REMOVE: throw SystemError(EINVAL)
        default: try zero(pool)
        }
    } catch {
        linux_set_errno(error.code)
        return -1
    }
    return adviseKernel(pool.upperBound..<range.upperBound, advice)
}

/// The pages of a range; nil if the kernel would refuse it or do nothing.
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

/// Zeroes pages of the pool. Pages that are zero already are not written. Throws EINVAL if a page may not be read and
/// written, ENOMEM or EFAULT if there is no room for one.
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
                // This returns an error, instead of a signal, if there is no room or writing is not allowed.
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
