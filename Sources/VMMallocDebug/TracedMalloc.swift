import CLinux
import CVMMalloc

// The malloc family of the debug build, which checks, counts and traces each call. The linker gives these functions the names
// that programs call, in place of jemalloc's. Otherwise they do what the release build does.

/// malloc(3).
@c(vmmalloc_traced_malloc)
public func tracedMalloc(_ size: Int) -> UnsafeMutableRawPointer? {
    let block = Blocks.allocate(size)
    trace("malloc", "malloc(\(size: size)) = \(block)", failed: block == nil)
    return block
}

/// calloc(3).
@c(vmmalloc_traced_calloc)
public func tracedCalloc(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? {
    let (bytes, overflow) = UInt(bitPattern: count).multipliedReportingOverflow(by: UInt(bitPattern: size))
    let block = Blocks.allocate(Int(bitPattern: overflow ? .max : bytes), flags: VMMALLOC_MALLOCX_ZERO)
    trace("calloc", "calloc(\(size: count), \(size: size)) = \(block)", failed: block == nil)
    return block
}

/// realloc(3). With size 0 it frees.
@c(vmmalloc_traced_realloc)
public func tracedRealloc(_ old: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer? {
    let block: UnsafeMutableRawPointer?
    if let old {
        Blocks.expectLive(old, "realloc")
        block = size == 0 ? Blocks.free(old) : Blocks.resize(old, size)
    } else {
        block = Blocks.allocate(size)
    }
    let failed = block == nil && !(old != nil && size == 0)
    trace("realloc", "realloc(\(old), \(size: size)) = \(block)", failed: failed)
    return block
}

/// free(3).
@c(vmmalloc_traced_free)
public func tracedFree(_ block: UnsafeMutableRawPointer?) { release(block, "free", "free(\(block))") }

/// cfree(3): an old name of free.
@c(vmmalloc_traced_cfree)
public func tracedFreeByOldName(_ block: UnsafeMutableRawPointer?) {
    release(block, "cfree", "cfree(\(block))")
}

/// C23 free_sized. The size is not trusted.
@c(vmmalloc_traced_free_sized)
public func tracedFreeSized(_ block: UnsafeMutableRawPointer?, _ size: Int) {
    release(block, "free_sized", "free_sized(\(block), \(size: size))")
}

/// C23 free_aligned_sized. Alignment and size are not trusted.
@c(vmmalloc_traced_free_aligned_sized)
public func tracedFreeAlignedSized(_ block: UnsafeMutableRawPointer?, _ alignment: Int, _ size: Int) {
    release(
        block, "free_aligned_sized", "free_aligned_sized(\(block), \(size: alignment), \(size: size))")
}

/// posix_memalign(3).
@c(vmmalloc_traced_posix_memalign)
public func tracedPosixMemalign(
    _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: Int, _ size: Int
) -> CInt {
    let caller = linux_errno()
    var status: CInt = 0
    if !Blocks.isAlignment(alignment) || UInt(bitPattern: alignment) < MemoryLayout<UnsafeRawPointer>.size {
        status = EINVAL
    } else if let block = Blocks.allocate(size, alignment: alignment) {
        result.pointee = block
    } else {
        status = ENOMEM
    }
    linux_set_errno(caller)
    let block = status == 0 ? result.pointee : nil
    trace(
        "posix_memalign", "posix_memalign(\(size: alignment), \(size: size)) = \(status), \(block)",
        failed: status != 0)
    return status
}

/// aligned_alloc(3).
@c(vmmalloc_traced_aligned_alloc)
public func tracedAlignedAlloc(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer? {
    let block = Blocks.allocate(size, alignment: alignment)
    trace(
        "aligned_alloc", "aligned_alloc(\(size: alignment), \(size: size)) = \(block)", failed: block == nil)
    return block
}

/// memalign(3).
@c(vmmalloc_traced_memalign)
public func tracedMemalign(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer? {
    let block = Blocks.allocate(size, alignment: alignment)
    trace("memalign", "memalign(\(size: alignment), \(size: size)) = \(block)", failed: block == nil)
    return block
}

/// valloc(3).
@c(vmmalloc_traced_valloc)
public func tracedValloc(_ size: Int) -> UnsafeMutableRawPointer? {
    let block = Blocks.allocate(size, alignment: Linux.pageSize)
    trace("valloc", "valloc(\(size: size)) = \(block)", failed: block == nil)
    return block
}

/// pvalloc(3): page-aligned, whole pages.
@c(vmmalloc_traced_pvalloc)
public func tracedPvalloc(_ size: Int) -> UnsafeMutableRawPointer? {
    let block = Blocks.allocate(wholePages(size), alignment: Linux.pageSize)
    trace("pvalloc", "pvalloc(\(size: size)) = \(block)", failed: block == nil)
    return block
}

/// malloc_usable_size(3).
@c(vmmalloc_traced_malloc_usable_size)
public func tracedUsableSize(_ block: UnsafeMutableRawPointer?) -> Int {
    var size = 0
    if let block {
        Blocks.expectLive(block, "malloc_usable_size")
        size = sallocx(block, 0)
    }
    trace("malloc_usable_size", "malloc_usable_size(\(block)) = \(size: size)", failed: false)
    return size
}

/// Frees, by any of these names.
private func release(
    _ block: UnsafeMutableRawPointer?, _ function: StaticString, _ call: @autoclosure () -> MessageLine
) {
    // Before freeing, so that the log does not show another thread getting the block first.
    trace(function, call(), failed: false)
    guard let block else { return }
    Blocks.expectLive(block, function)
    _ = Blocks.free(block)
}

/// Logs one line about a call: at level 4, or at level 1 for a failure if level 4 is not enabled.
func trace(
    _ function: StaticString, _ message: @autoclosure () -> MessageLine, failed: Bool = false,
    file: StaticString = #fileID, line: Int = #line
) {
    if failed { AllocationCounters.failed.add() }
    let level = failed && DebugLog.current.level != .allocations ? LogLevel.errors : .allocations
    DebugLog.note(level, message(), file: file, line: line, function: function)
}
