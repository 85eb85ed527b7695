import CLinux
import CVMMalloc

/// Calls of mallocx(3) and so on by the program, which are checked, counted and traced like the malloc family.
///
/// The linker cannot replace these functions with ours, since our malloc family needs jemalloc's. So jemalloc reports the calls
/// by its hooks: allocations after the fact, frees before. It does not report calls that only ask (sallocx, nallocx).
enum CallHooks {
    /// jemalloc's numbers.
    private enum Freed: CInt {
        case dallocx = 1
        case sdallocx = 2
        case rallocx = 4
    }
    private static let allocatedByRallocx: CInt = 8
    private static let expandedByXallocx: CInt = 2

    /// Installs the hooks, once jemalloc has started. From then on all calls of the program are recorded.
    static func install() {
        var hooks = vmmalloc_call_hooks(
            allocated: { _, kind, block, _, arguments in CallHooks.noteAllocated(kind, block, arguments!) },
            freed: { _, kind, block, arguments in CallHooks.noteFreed(kind, block!, arguments!) },
            expanded: { _, kind, block, old, new, _, arguments in
                CallHooks.noteExpanded(kind, block!, old, new, arguments!)
            },
            extra: nil)
        if vmmalloc_ctl_install_hooks(&hooks) != 0 {
            DebugLog.note(.errors, "jemalloc takes no hooks; mallocx and its like are not checked")
        }
    }

    private static func noteAllocated(
        _ kind: CInt, _ block: UnsafeMutableRawPointer?, _ arguments: UnsafeMutablePointer<UInt>
    ) {
        guard !vmmalloc_is_in_malloc_family().pointee else { return }
        guard kind == allocatedByRallocx else {
            if let block {
                Blocks.noteLive(block)
                AllocationCounters.noteAllocated(sallocx(block, 0))
            } else {
                AllocationCounters.failed.add()
            }
            trace("mallocx", "mallocx(\(arguments[0]), \(arguments[1])) = \(block)", failed: block == nil)
            return
        }
        guard let block, let old = UnsafeMutableRawPointer(bitPattern: arguments[0]) else { return }
        Blocks.noteLive(block)
        AllocationCounters.noteResized(from: sallocx(old, 0), to: sallocx(block, 0))
        trace("rallocx", "rallocx(\(old), \(arguments[1]), \(arguments[2])) = \(block)")
    }

    private static func noteFreed(
        _ kind: CInt, _ block: UnsafeMutableRawPointer, _ arguments: UnsafeMutablePointer<UInt>
    ) {
        guard !vmmalloc_is_in_malloc_family().pointee else { return }
        switch Freed(rawValue: kind) {
        case .rallocx:
            // Counted and traced with its new place.
            Blocks.expectLive(block, "rallocx")
        case .sdallocx:
            trace("sdallocx", "sdallocx(\(block), \(arguments[1]), \(arguments[2]))")
            Blocks.expectLive(block, "sdallocx")
            let size = sallocx(block, 0)
            let flags = CInt(truncatingIfNeeded: arguments[2])
            invariant(
                nallocx(Int(bitPattern: arguments[1]), flags) == size,
                "\(block) has room for \(size: size) bytes, and is not what \(arguments[1]) bytes were allocated as",
                function: "sdallocx")
            AllocationCounters.noteFreed(size)
        default:
            trace("dallocx", "dallocx(\(block), \(arguments[1]))")
            Blocks.expectLive(block, "dallocx")
            AllocationCounters.noteFreed(sallocx(block, 0))
        }
        Blocks.noteFreed(block)
    }

    private static func noteExpanded(
        _ kind: CInt, _ block: UnsafeMutableRawPointer, _ old: Int, _ new: Int,
        _ arguments: UnsafeMutablePointer<UInt>
    ) {
        guard !vmmalloc_is_in_malloc_family().pointee else { return }
        AllocationCounters.noteResized(from: old, to: new)
        if kind == expandedByXallocx {
            Blocks.expectLive(block, "xallocx")
            trace(
                "xallocx",
                "xallocx(\(block), \(arguments[1]), \(arguments[2]), \(arguments[3])) = \(size: new)")
        } else {
            Blocks.expectLive(block, "rallocx")
            trace("rallocx", "rallocx(\(block), \(arguments[1]), \(arguments[2])) = \(block)")
        }
    }
}
