import CLinux
import CVMMalloc

// mallctl(3) and mallctlbymib(3) of jemalloc, by the linker's --wrap of where both lead. What would undo the library is
// refused, with the error that jemalloc has for what is read-only. All else is jemalloc's: an arena that a program makes
// lies in the pool as any other, since our hooks are the default.

/// mallctl(3), behind jemalloc's entry point. `thread` is jemalloc's data of the calling one.
@c(__wrap_je_ctl_byname)
public func controlByName(
    _ thread: UnsafeMutableRawPointer, _ name: UnsafePointer<CChar>, _ old: UnsafeMutableRawPointer?,
    _ oldLength: UnsafeMutablePointer<Int>?, _ new: UnsafeMutableRawPointer?, _ newLength: Int
) -> CInt {
    guard let path = ControlPath(name, thread) else {
        // jemalloc says what is wrong with it.
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

/// A name of mallctl(3), in jemalloc's numbers.
struct ControlPath {
    private var numbers = InlineArray<7, Int>(repeating: 0)
    private var count: Int

    /// Of a name. Nil where there is none such.
    init?(_ name: UnsafePointer<CChar>, _ thread: UnsafeMutableRawPointer) {
        count = numbers.count
        guard je_ctl_nametomib(thread, name, &numbers[0], &count) == 0 else { return nil }
    }

    /// As a program has it from mallctlnametomib(3). Nil where it is longer than any.
    init?(_ mib: UnsafePointer<Int>, _ length: Int) {
        guard length <= numbers.count else { return nil }
        count = length
        for index in 0..<length { numbers[index] = mib[index] }
    }

    /// The number of the arena that it is about, if it begins with `arena.<i>`.
    var arena: Int { numbers[1] }

    /// Whether this is what `name` says. `arena.0` in it stands for that of any arena.
    func leads(to name: StaticString, _ thread: UnsafeMutableRawPointer, ofAnyArena: Bool = false) -> Bool {
        guard let named = ControlPath(name.cString, thread), named.count == count else { return false }
        for index in 0..<count where numbers[index] != named.numbers[index] {
            guard ofAnyArena && index == 1 else { return false }
        }
        return true
    }

    /// Has jemalloc do it, or refuses.
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
        // What begins with a pointer to hooks. An arena that has others takes its memory where they say.
        guard length >= MemoryLayout<UnsafeRawPointer>.size,
            leads(to: "arena.0.extent_hooks", thread, ofAnyArena: true) || leads(to: "arenas.create", thread)
                || leads(to: "experimental.arenas_create_ext", thread)
        else { return false }
        return new.loadUnaligned(as: UnsafeMutableRawPointer?.self)
            != UnsafeMutableRawPointer(vmmalloc_extent_hooks())
    }
}
