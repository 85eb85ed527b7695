import CLinux

/// Whether new metadata lies in the pool. Set once the arenas are made, before the program runs.
nonisolated(unsafe) var metadataLiesInPool = false

/// Whether jemalloc has its first metadata. Before that it maps pages to try out the kernel.
private nonisolated(unsafe) var hasMetadata = false

/// Smaller pools keep their metadata outside for good: its blocks of 2 MiB and more, little of them touched, would
/// take a good part of the pool.
let smallestPoolWithMetadata = 256 << 20

/// Bytes of metadata that stay outside even where the pool has room for it. jemalloc asks for 4 or 6 MiB at the first malloc and
/// touches few pages of it, but a block in the pool has space taken for all of it: that would be most of a small program's start.
private let metadataOutside: UInt64 = 8 << 20

/// Bytes of metadata that jemalloc has asked for since `metadataLiesInPool`; exact up to `metadataOutside`.
private nonisolated(unsafe) var metadataRequested: UInt64 = 0

/// Whether a block of metadata of `length` bytes goes into the pool. From any thread: arenas do not wait for each other.
private func placesInPool(metadata length: Int) -> Bool {
    guard metadataLiesInPool else { return false }
    let length = UInt64(truncatingIfNeeded: length)
    return linux_fetch_add_relaxed(&metadataRequested, length) &+ length > metadataOutside
}

/// jemalloc's calls of mmap(2), by the linker's --wrap: where the memory for its metadata comes from, in blocks of
/// whole huge pages. (Extents come through the hooks, and are never of such a length.)
///
/// The arenas' first blocks are anonymous memory, of which only what is touched counts: in the pool they would
/// take 2 MiB each, and their space would be taken at each program's start. The same goes for the first few beyond
/// them (`metadataOutside`). The rest grows with the heap, up to 3 % of it for small blocks, and lies in the pool: so that RAM outside stays small, and a fork
/// has no page tables to copy that grow with the heap. When the pool has no room it is anonymous again: metadata
/// never fails before the pool does.
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
