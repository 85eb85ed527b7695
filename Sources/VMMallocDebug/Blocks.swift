import CLinux
import CVMMalloc

/// jemalloc by its own names, with everything that the debug build records and checks for each block.
///
/// errno is as for malloc(3): ENOMEM or EINVAL on failure, otherwise unchanged.
enum Blocks {
    /// A block of `size` bytes. `flags` are those of mallocx(3).
    static func allocate(_ size: Int, flags: CInt = 0) -> UnsafeMutableRawPointer? {
        let caller = linux_errno()
        // mallocx leaves size 0 undefined.
        guard let block = ofJemalloc({ mallocx(size == 0 ? 1 : size, flags) }) else {
            linux_set_errno(ENOMEM)
            return nil
        }
        linux_set_errno(caller)
        noteLive(block)
        AllocationCounters.noteAllocated(sallocx(block, 0))
        return block
    }

    /// A block at a multiple of `alignment`.
    static func allocate(_ size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        guard isAlignment(alignment) else {
            linux_set_errno(EINVAL)
            return nil
        }
        let block = allocate(size, flags: CInt(truncatingIfNeeded: alignment.trailingZeroBitCount))
        invariant(
            UInt(bitPattern: block) & UInt(bitPattern: alignment &- 1) == 0,
            "\(block) is not aligned to \(size: alignment)")
        return block
    }

    /// Whether the alignment is a power of two.
    static func isAlignment(_ alignment: Int) -> Bool {
        alignment != 0 && alignment & (alignment &- 1) == 0
    }

    /// Moves or resizes a live block. If the result is nil, the block is as before.
    static func resize(_ old: UnsafeMutableRawPointer, _ size: Int) -> UnsafeMutableRawPointer? {
        let caller = linux_errno()
        let oldSize = sallocx(old, 0)
        // Before the call: as soon as jemalloc has freed the block, another thread may get the same address.
        noteFreed(old)
        let moved = ofJemalloc { rallocx(old, size, 0) }
        let block = moved ?? old
        noteLive(block)
        guard moved != nil else {
            linux_set_errno(ENOMEM)
            return nil
        }
        linux_set_errno(caller)
        AllocationCounters.noteResized(from: oldSize, to: sallocx(block, 0))
        return block
    }

    /// Frees a live block. Returns nil, as realloc with size 0 does.
    static func free(_ block: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        let caller = linux_errno()
        AllocationCounters.noteFreed(sallocx(block, 0))
        noteFreed(block)
        ofJemalloc { dallocx(block, 0) }
        linux_set_errno(caller)
        return nil
    }

    /// Calls jemalloc in a way that it does not report to `CallHooks`.
    static func ofJemalloc<Answer>(_ call: () -> Answer) -> Answer {
        vmmalloc_is_in_malloc_family().pointee = true
        defer { vmmalloc_is_in_malloc_family().pointee = false }
        return call()
    }

    // MARK: What is checked

    /// Checks that the block was handed out and not freed since.
    static func expectLive(_ block: UnsafeMutableRawPointer, _ function: StaticString) {
        guard let heap, !mayLieOutside(block, heap) else { return }
        invariant(
            heap.contains(block), "\(block) does not lie in the pool, so malloc did not return it",
            function: function)
        invariant(
            LiveBlocks.all?.contains(block) != false,
            "\(block) is not a live block: it was freed before, or points into the middle of one",
            function: function)
    }

    /// Whether the block may lie in memory that was a thread's cache while the pool was full.
    private static func mayLieOutside(_ block: UnsafeMutableRawPointer, _ heap: Heap) -> Bool {
        threadCachesLieOutside && !heap.contains(block)
    }

    /// To be called when a block is handed out.
    static func noteLive(_ block: UnsafeMutableRawPointer) {
        guard let heap, !mayLieOutside(block, heap) else { return }
        invariant(heap.contains(block), "\(block), just allocated, does not lie in the pool")
        guard let live = LiveBlocks.all else { return }
        invariant(live.insert(block), "\(block), just allocated, is a live block already")
    }

    /// To be called before a block is freed.
    static func noteFreed(_ block: UnsafeMutableRawPointer) {
        guard let heap, !mayLieOutside(block, heap), let live = LiveBlocks.all else { return }
        invariant(live.remove(block), "\(block) was freed by another thread at the same time")
    }
}
