import CLinux
import CVMMalloc

// mlock(2), mlockall(2) and their like, exported because a fork has mappings of the pool change places. What is locked in the
// midst of that would not be afterwards; and private memory that may be written is copied as it is locked, so that the fork
// would bring in a copy older than the heap. So they wait for such a fork, and it for them.
//
// Where another library has a function of the name, that is called, and what it asks of the kernel does not wait.

/// mlock(2).
@c(vmmalloc_mlock)
public func lockMemory(_ address: UnsafeRawPointer?, _ length: Int) -> CInt {
    changeLocks(CInt(SYS_mlock), Int(bitPattern: address), length)
}

/// mlock2(2).
@c(vmmalloc_mlock2)
public func lockMemory(_ address: UnsafeRawPointer?, _ length: Int, _ flags: CInt) -> CInt {
    changeLocks(CInt(SYS_mlock2), Int(bitPattern: address), length, Int(flags))
}

/// munlock(2).
@c(vmmalloc_munlock)
public func unlockMemory(_ address: UnsafeRawPointer?, _ length: Int) -> CInt {
    changeLocks(CInt(SYS_munlock), Int(bitPattern: address), length)
}

/// mlockall(2).
@c(vmmalloc_mlockall)
public func lockAllMemory(_ flags: CInt) -> CInt { changeLocks(CInt(SYS_mlockall), Int(flags)) }

/// munlockall(2).
@c(vmmalloc_munlockall)
public func unlockAllMemory() -> CInt { changeLocks(CInt(SYS_munlockall)) }

private func changeLocks(_ number: CInt, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0) -> CInt {
    if let another = vmmalloc_lock_of_another_library(Int(number)) {
        return CInt(truncatingIfNeeded: another(a, b, c))
    }
    return CInt(truncatingIfNeeded: changeLocksByNumber(Int(number), a, b, c))
}

/// One of these calls as syscall(2) makes it: by its number, with up to three arguments. Returns -1 with errno where it fails.
@c(vmmalloc_change_memory_locks)
public func changeLocksByNumber(_ number: Int, _ a: Int, _ b: Int, _ c: Int) -> Int {
    let number = CInt(truncatingIfNeeded: number)
    do throws(SystemError) {
        guard let heap, concernsPool(heap, number, a, b) else { return try Linux.call(number, a, b, c) }
        // A handler could lock memory too, or fork.
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
