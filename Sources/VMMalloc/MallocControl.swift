import CLinux
import CVMMalloc

// jemalloc's mallctl(3) and mallctlbymib(3), redirected by the linker's --wrap. Writes that would take the heap out of the
// pool are refused, with jemalloc's error for read-only values. Everything else goes to jemalloc: an arena that a program
// makes lies in the pool like any other, since our hooks are the default.

/// mallctl(3), after jemalloc's entry point. `thread` is jemalloc's data about the calling thread.
@c(__wrap_je_ctl_byname)
public func controlByName(
    _ thread: UnsafeMutableRawPointer, _ name: UnsafePointer<CChar>, _ old: UnsafeMutableRawPointer?,
    _ oldLength: UnsafeMutablePointer<Int>?, _ new: UnsafeMutableRawPointer?, _ newLength: Int
) -> CInt {
    guard let path = ControlPath(name, thread) else {
        // jemalloc returns the error for it.
        return __real_je_ctl_byname(thread, name, old, oldLength, new, newLength)
    }
    return path.control(thread, old, new, newLength) {
        __real_je_ctl_byname(thread, name, old, oldLength, new, newLength)
    }
}

/// mallctlbymib(3), likewise.
@c(__wrap_je_ctl_bymib)
public func controlByNumbers(
    _ thread: UnsafeMutableRawPointer, _ mib: UnsafePointer<Int>, _ mibLength: Int,
    _ old: UnsafeMutableRawPointer?, _ oldLength: UnsafeMutablePointer<Int>?, _ new: UnsafeMutableRawPointer?,
    _ newLength: Int
) -> CInt {
    guard let path = ControlPath(mib, mibLength) else {
        return __real_je_ctl_bymib(thread, mib, mibLength, old, oldLength, new, newLength)
    }
    return path.control(thread, old, new, newLength) {
        __real_je_ctl_bymib(thread, mib, mibLength, old, oldLength, new, newLength)
    }
}

/// A name of mallctl(3) as jemalloc's numbers.
struct ControlPath {
    private var numbers = InlineArray<7, Int>(repeating: 0)
    private var count: Int

    /// From a name. Nil if there is no such name.
    init?(_ name: UnsafePointer<CChar>, _ thread: UnsafeMutableRawPointer) {
        count = numbers.count
        guard je_ctl_nametomib(thread, name, &numbers[0], &count) == 0 else { return nil }
    }

    /// From the numbers that mallctlnametomib(3) gave the program. Nil if there are too many.
    init?(_ mib: UnsafePointer<Int>, _ length: Int) {
        guard length <= numbers.count else { return nil }
        count = length
        for index in 0..<length { numbers[index] = mib[index] }
    }

    /// The number of the arena, if the name begins with `arena.<i>`.
    var arena: Int { numbers[1] }

    /// Whether this is `name`, in which `arena.0` stands for any arena.
    func leads(to name: StaticString, _ thread: UnsafeMutableRawPointer, ofAnyArena: Bool = false) -> Bool {
        guard let named = ControlPath(name.cString, thread), named.count == count else { return false }
        for index in 0..<count where numbers[index] != named.numbers[index] {
            guard ofAnyArena && index == 1 else { return false }
        }
        return true
    }

    /// Passes the call on to jemalloc, or refuses it.
    func control(
        _ thread: UnsafeMutableRawPointer, _ old: UnsafeMutableRawPointer?,
        _ new: UnsafeMutableRawPointer?, _ newLength: Int, _ jemalloc: () -> CInt
    ) -> CInt {
        if let new, wouldUndoTheLibrary(thread, UnsafeRawPointer(new), newLength) {
            DebugLog.note(.errors, "a write by mallctl that would take the heap out of the pool is refused")
            return EPERM
        }
        #if VMMALLOC_DEBUG
            return TracedControl.around(self, thread, old, new, jemalloc)
        #else
            return jemalloc()
        #endif
    }

    private func wouldUndoTheLibrary(
        _ thread: UnsafeMutableRawPointer, _ new: UnsafeRawPointer, _ length: Int
    ) -> Bool {
        // libvmmalloc(7): never creates threads.
        if length == 1, leads(to: "background_thread", thread) { return new.load(as: UInt8.self) != 0 }
        // Values that begin with a pointer to hooks: an arena with other hooks gets its memory elsewhere.
        guard length >= MemoryLayout<UnsafeRawPointer>.size,
            leads(to: "arena.0.extent_hooks", thread, ofAnyArena: true) || leads(to: "arenas.create", thread)
                || leads(to: "experimental.arenas_create_ext", thread)
        else { return false }
        return new.loadUnaligned(as: UnsafeMutableRawPointer?.self)
            != UnsafeMutableRawPointer(vmmalloc_extent_hooks())
    }
}
