import CLinux
import CVMMalloc

// mlock(2), mlockall(2) and so on, exported because a fork moves mappings of the pool. Memory that is locked in the middle of
// that would not be locked afterwards. And the kernel copies writable private memory when it is locked, so the fork would move
// in a copy that is older than the heap. So these functions wait for such a fork, and the fork waits for them.
//
// If another library has a function of the same name, that one is called, and its system calls do not wait.

/// mlock(2). Any thread. Waits while a fork moves mappings.
@c(vmmalloc_mlock)
public func lockMemory(_ address: UnsafeRawPointer?, _ length: Int) -> CInt {
    changeLocks(CInt(SYS_mlock), Int(bitPattern: address), length)
}

/// mlock2(2). Any thread. Waits while a fork moves mappings.
@c(vmmalloc_mlock2)
public func lockMemory(_ address: UnsafeRawPointer?, _ length: Int, _ flags: CInt) -> CInt {
    changeLocks(CInt(SYS_mlock2), Int(bitPattern: address), length, Int(flags))
}

/// munlock(2). Any thread. Waits while a fork moves mappings.
@c(vmmalloc_munlock)
public func unlockMemory(_ address: UnsafeRawPointer?, _ length: Int) -> CInt {
    changeLocks(CInt(SYS_munlock), Int(bitPattern: address), length)
}

/// mlockall(2). Any thread. Waits while a fork moves mappings.
@c(vmmalloc_mlockall)
public func lockAllMemory(_ flags: CInt) -> CInt { changeLocks(CInt(SYS_mlockall), Int(flags)) }

/// munlockall(2). Any thread. Waits while a fork moves mappings.
@c(vmmalloc_munlockall)
public func unlockAllMemory() -> CInt { changeLocks(CInt(SYS_munlockall)) }

private func changeLocks(_ number: CInt, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0) -> CInt {
    if let another = vmmalloc_lock_of_another_library(Int(number)) {
        return CInt(truncatingIfNeeded: another(a, b, c))
    }
    return CInt(truncatingIfNeeded: changeLocksByNumber(Int(number), a, b, c))
}

/// One of these calls as syscall(2) makes it: by its number, with up to three arguments. Returns -1 and sets errno on failure.
@c(vmmalloc_change_memory_locks)
public func changeLocksByNumber(_ number: Int, _ a: Int, _ b: Int, _ c: Int) -> Int {
    let number = CInt(truncatingIfNeeded: number)
    do throws(SystemError) {
        guard let heap, concernsPool(heap, number, a, b) else { return try Linux.call(number, a, b, c) }
        // A handler could lock memory, too, or fork.
        let signals = SignalMask.blockAll()
        defer { SignalMask.restore(signals) }
        try heap.withMappingsInPlace { () throws(SystemError) in
            if number == CInt(SYS_mlockall) {
                try heap.lockAllMemory(CInt(truncatingIfNeeded: a))
            } else {
                _ = try Linux.call(number, a, b, c)
            }
        }
        return 0
    } catch {
        linux_set_errno(error.code)
        return -1
    }
}

private func concernsPool(_ heap: Heap, _ number: CInt, _ address: Int, _ length: Int) -> Bool {
    guard number != CInt(SYS_mlockall), number != CInt(SYS_munlockall) else { return true }
    let base = UInt(bitPattern: heap.base)
    let first = UInt(bitPattern: address)
    let (end, overflow) = first.addingReportingOverflow(UInt(bitPattern: length))
    return overflow || first < base &+ UInt(bitPattern: heap.size) && end > base
}
