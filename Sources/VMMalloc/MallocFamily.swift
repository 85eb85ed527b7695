import CLinux
import CVMMalloc

// The members of the malloc family that Debian's jemalloc does not have, or that do not set errno there. The linker gives them
// these names in place of jemalloc's. The others are jemalloc's own symbols. Any thread; not async-signal-safe.

/// realloc(3). With size 0 it frees, as in glibc and in the original library.
@c(vmmalloc_realloc)
public func resize(_ address: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer? {
    guard let address else { return malloc(size) }
    guard size != 0 else {
        free(address)
        return nil
    }
    guard let resized = rallocx(address, size, 0) else {
        linux_set_errno(ENOMEM)
        return nil
    }
    return resized
}

/// memalign(3): NULL with EINVAL if the alignment is not a power of two, with ENOMEM if there is no room.
@c(vmmalloc_memalign)
public func memoryAligned(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer? {
    aligned_alloc(alignment, size)
}

/// valloc(3): page-aligned.
@c(vmmalloc_valloc)
public func pageAligned(_ size: Int) -> UnsafeMutableRawPointer? { aligned_alloc(Linux.pageSize, size) }

/// reallocarray(3). glibc's would do, but a program may be linked with another allocator that has its own.
@c(vmmalloc_reallocarray)
public func resizeArray(
    _ address: UnsafeMutableRawPointer?, _ count: Int, _ size: Int
) -> UnsafeMutableRawPointer? {
    let (bytes, overflow) = UInt(bitPattern: count).multipliedReportingOverflow(by: UInt(bitPattern: size))
    guard !overflow else {
        linux_set_errno(ENOMEM)
        return nil
    }
    return realloc(address, Int(bitPattern: bytes))
}

/// What pvalloc(3) allocates for `size`: whole pages, at least one. If that overflows, a size that never fits.
func wholePages(_ size: Int) -> Int {
    let mask = UInt(bitPattern: Linux.pageSize &- 1)
    let (sum, overflow) = UInt(bitPattern: size).addingReportingOverflow(mask)
    return overflow ? .max : Int(bitPattern: max(sum & ~mask, mask &+ 1))
}

// The debug build's versions are in TracedMalloc.swift.
#if !VMMALLOC_DEBUG
    /// pvalloc(3): page-aligned, whole pages.
    @c(vmmalloc_pvalloc)
    public func pageAlignedAllocation(_ size: Int) -> UnsafeMutableRawPointer? {
        aligned_alloc(Linux.pageSize, wholePages(size))
    }

    /// cfree(3): an old name of free.
    @c(vmmalloc_cfree)
    public func freeByOldName(_ address: UnsafeMutableRawPointer?) { free(address) }

    /// C23 free_sized. The size is not trusted.
    @c(vmmalloc_free_sized)
    public func freeSized(_ address: UnsafeMutableRawPointer?, _ size: Int) { free(address) }

    /// C23 free_aligned_sized. Alignment and size are not trusted.
    @c(vmmalloc_free_aligned_sized)
    public func freeAlignedSized(_ address: UnsafeMutableRawPointer?, _ alignment: Int, _ size: Int) {
        free(address)
    }
#endif
