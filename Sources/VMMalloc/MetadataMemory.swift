import CLinux

/// Whether new metadata goes into the pool. Set once the arenas exist, before the program runs.
nonisolated(unsafe) var metadataLiesInPool = false

/// Whether jemalloc has its first metadata. Before that it maps pages to probe the kernel.
private nonisolated(unsafe) var hasMetadata = false

/// Smaller pools always have their metadata outside: its blocks of at least 2 MiB, which are hardly used, would take up a
/// large part of the pool.
let smallestPoolWithMetadata = 256 << 20

/// Bytes of metadata that stay outside even if the pool has room. jemalloc asks for 4 or 6 MiB at the first malloc and touches
/// few of its pages, but for a block in the pool all of the space is reserved. That would take most of a small program's start.
private let metadataOutside: UInt64 = 8 << 20

/// Bytes of metadata that jemalloc has asked for since `metadataLiesInPool` was set; exact up to `metadataOutside`.
private nonisolated(unsafe) var metadataRequested: UInt64 = 0

/// Whether a block of metadata of `length` bytes goes into the pool. Any thread: arenas do not wait for each other.
private func placesInPool(metadata length: Int) -> Bool {
    guard metadataLiesInPool else { return false }
    let length = UInt64(truncatingIfNeeded: length)
    return linux_fetch_add_relaxed(&metadataRequested, length) &+ length > metadataOutside
}

/// jemalloc's calls of mmap(2), redirected by the linker's --wrap. They get the memory for its metadata, in blocks of whole
/// huge pages. (Extents come through the hooks and never have such a length.)
///
/// The arenas' first blocks are anonymous memory, of which only touched pages count. In the pool each would take 2 MiB, and
/// their space would be reserved at the start of each program. The next few blocks are anonymous for the same reason
/// (`metadataOutside`). The rest grows with the heap, up to 3 % of it if blocks are small, and lies in the pool. So little RAM
/// is needed outside, and a fork has no page tables to copy that grow with the heap. If the pool has no room, blocks are
/// anonymous again: metadata never runs out before the pool does.
///
/// Called under jemalloc's locks. Must not allocate.
@c(__wrap_mmap)
public func mapForJemalloc(
    _ address: UnsafeMutableRawPointer?, _ length: Int, _ protection: CInt, _ flags: CInt, _ fd: CInt,
    _ offset: Int
) -> UnsafeMutableRawPointer? {
    let isMetadata = length & (Linux.hugePageSize &- 1) == 0
    defer { hasMetadata = hasMetadata || isMetadata }
    if address == nil, isMetadata ? placesInPool(metadata: length) : startedByMalloc && hasMetadata {
        var zeroed = true
        let alignment = isMetadata ? Linux.hugePageSize : Linux.pageSize
        if let block = heap?.allocate(length, alignment: alignment, zeroed: &zeroed) {
            DebugLog.note(.calls, "\(size: length) bytes in the pool for jemalloc = \(block)")
            return block
        }
    }
    do throws(SystemError) {
        return try Linux.map(
            at: address, length: length, protection: protection, flags: flags, fd: fd, offset: offset)
    } catch {
        linux_set_errno(error.code)
        return UnsafeMutableRawPointer(bitPattern: -1)
    }
}

/// jemalloc's calls of munmap(2), likewise.
@c(__wrap_munmap)
public func unmapForJemalloc(_ address: UnsafeMutableRawPointer, _ length: Int) -> CInt {
    guard let heap, heap.contains(address) else {
        do throws(SystemError) {
            try Linux.unmap(address, length: length)
            return 0
        } catch {
            linux_set_errno(error.code)
            return -1
        }
    }
    heap.release(address, length: length)
    return 0
}
