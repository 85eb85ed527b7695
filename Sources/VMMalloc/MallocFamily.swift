import CLinux
import CVMMalloc

// The members of the malloc family that Debian's jemalloc lacks. The others are jemalloc's own symbols.

/// pvalloc(3): page-aligned, whole pages.
@c(pvalloc)
public func pageAlignedAllocation(_ size: Int) -> UnsafeMutableRawPointer? {
    let mask = UInt(bitPattern: Linux.pageSize &- 1)
    let (sum, overflow) = UInt(bitPattern: size).addingReportingOverflow(mask)
    // aligned_alloc sets errno, which jemalloc's memalign does not.
    return aligned_alloc(Linux.pageSize, overflow ? .max : Int(bitPattern: max(sum & ~mask, mask &+ 1)))
}

/// cfree(3): free by its oldest name.
@c(cfree)
public func freeByOldName(_ address: UnsafeMutableRawPointer?) { free(address) }

/// C23 free_sized: the size is advice, and not trusted.
@c(free_sized)
public func freeSized(_ address: UnsafeMutableRawPointer?, _ size: Int) { free(address) }

/// C23 free_aligned_sized: alignment and size are advice, and not trusted.
@c(free_aligned_sized)
public func freeAlignedSized(_ address: UnsafeMutableRawPointer?, _ alignment: Int, _ size: Int) {
    free(address)
}
