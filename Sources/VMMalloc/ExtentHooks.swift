import CLinux
import CVMMalloc

// jemalloc's extent hooks, by which every arena gets its memory. Source: jemalloc(3), arena.<i>.extent_hooks.
// They are called from any thread, within malloc and free, and must not allocate.

/// Hands out an extent. NULL if the pool is exhausted or the address is taken.
///
/// Before the pool counts as exhausted, all arenas must return what they keep free, so that memory freed by one thread serves
/// any other.
@c(vmmalloc_extent_alloc)
public func extentAlloc(
    _ hooks: UnsafeMutablePointer<extent_hooks_t>?, _ address: UnsafeMutableRawPointer?, _ size: Int,
    _ alignment: Int, _ zero: UnsafeMutablePointer<Bool>, _ commit: UnsafeMutablePointer<Bool>,
    _ arena: CUnsignedInt
) -> UnsafeMutableRawPointer? {
    guard let heap else { return nil }
    var zeroed = zero.pointee
    var extent = heap.allocate(size, alignment: alignment, at: address, zeroed: &zeroed)
    if extent == nil, address == nil, Jemalloc.releaseAllThatIsFree() {
        extent = heap.allocate(size, alignment: alignment, zeroed: &zeroed)
    }
    if extent == nil, address == nil {
        extent = threadCacheOutsideThePool(size, alignment: alignment)
        zeroed = true
    }
    DebugLog.note(
        .calls, "extent of \(size: size) bytes, alignment \(size: alignment), for arena \(arena) = \(extent)")
    guard let extent else {
        noteExhaustion(heap, size)
        return nil
    }
    zero.pointee = zeroed
    commit.pointee = true
    #if VMMALLOC_DEBUG
        ExtentCount.noteHandedOut()
    #endif
    return extent
}

/// Logs what a developer wants to know about an ENOMEM.
private func noteExhaustion(_ heap: Heap, _ size: Int) {
    DebugLog.note(
        .errors,
        """
        no room for an extent of \(size: size) bytes: \(heap.statistics.bytesInUse) of \
        \(heap.statistics.poolSize) are in use, the longest free run is \(heap.statistics.longestFreeRun)
        """)
}

/// Takes an extent back. False means success. Keeps errno, which free(3) must not change, according to POSIX since 2024.
@c(vmmalloc_extent_dalloc)
public func extentDalloc(
    _ hooks: UnsafeMutablePointer<extent_hooks_t>?, _ address: UnsafeMutableRawPointer, _ size: Int,
    _ committed: Bool, _ arena: CUnsignedInt
) -> Bool {
    let code = linux_errno()
    defer { linux_set_errno(code) }
    guard let heap, heap.contains(address) else {
        return (try? Linux.unmap(address, length: size)) == nil
    }
    DebugLog.note(.calls, "extent \(address) of \(size: size) bytes comes back from arena \(arena)")
    #if VMMALLOC_DEBUG
        ExtentCount.noteTakenBack()
    #endif
    heap.release(address, length: size)
    return false
}

/// Gives back the RAM of part of a free extent. False means success.
@c(vmmalloc_extent_purge)
public func extentPurge(
    _ hooks: UnsafeMutablePointer<extent_hooks_t>?, _ address: UnsafeMutableRawPointer, _ size: Int,
    _ offset: Int, _ length: Int, _ arena: CUnsignedInt
) -> Bool {
    let code = linux_errno()
    defer { linux_set_errno(code) }
    guard let heap else { return true }
    DebugLog.note(
        .calls, "extent \(address) of \(size: size) bytes: \(size: length) from \(size: offset) on are purged"
    )
    return !heap.purge(address + offset, length: length)
}

/// Any extent may be split. False means yes.
@c(vmmalloc_extent_split)
public func extentSplit(
    _ hooks: UnsafeMutablePointer<extent_hooks_t>?, _ address: UnsafeMutableRawPointer, _ size: Int,
    _ sizeA: Int, _ sizeB: Int, _ committed: Bool, _ arena: CUnsignedInt
) -> Bool {
    invariant(
        sizeA &+ sizeB == size && (sizeA | sizeB) & (Linux.pageSize &- 1) == 0,
        "extent \(address) of \(size: size) bytes cannot be split into \(size: sizeA) and \(size: sizeB)")
    #if VMMALLOC_DEBUG
        ExtentCount.noteSplit()
    #endif
    return false
}

/// Adjacent extents may be merged if both lie in the pool. False means yes.
@c(vmmalloc_extent_merge)
public func extentMerge(
    _ hooks: UnsafeMutablePointer<extent_hooks_t>?, _ addressA: UnsafeMutableRawPointer, _ sizeA: Int,
    _ addressB: UnsafeMutableRawPointer, _ sizeB: Int, _ committed: Bool, _ arena: CUnsignedInt
) -> Bool {
    guard let heap else { return true }
    invariant(
        addressA + sizeA == addressB, "extent \(addressB) does not follow \(addressA) of \(size: sizeA) bytes"
    )
    guard heap.contains(addressA) == heap.contains(addressB) else { return true }
    #if VMMALLOC_DEBUG
        ExtentCount.noteMerged()
    #endif
    return false
}
