import CLinux

// pthread_setspecific(3) and tss_set(3), exported because glibc zeroes the other threads' values in the child of a
// fork. Those of keys beyond the first 32 lie in the heap, and `ChildWrites` must know where.

private typealias SetSpecific = @convention(c) (pthread_key_t, UnsafeRawPointer?) -> CInt

/// glibc's function. Looked up at the first call, by any thread: all find the same.
private nonisolated(unsafe) var setSpecific: SetSpecific?

private func glibcSetSpecific() -> SetSpecific {
    if let setSpecific { return setSpecific }
    let found = unsafeBitCast(
        linux_next_symbol(("pthread_setspecific" as StaticString).cString), to: SetSpecific.self)
    setSpecific = found
    return found
}

/// As glibc's, but also records a new block of values in the pool. Any thread.
@c(vmmalloc_pthread_setspecific)
public func setThreadSpecific(_ key: pthread_key_t, _ value: UnsafeRawPointer?) -> CInt {
    let original = glibcSetSpecific()
    guard key >= ThreadDescriptor.keysPerBlock,
        ThreadDescriptor.specificBlock(of: key) == nil
    else { return original(key, value) }
    let result = original(key, value)
    if let block = ThreadDescriptor.specificBlock(of: key) {
        heap?.noteWrittenByChild(block, length: ThreadDescriptor.blockBytes)
    }
    return result
}

/// The same by its C11 name.
@c(vmmalloc_tss_set)
public func setThreadSpecificByC11Name(_ key: pthread_key_t, _ value: UnsafeMutableRawPointer?) -> CInt {
    let thrdSuccess: CInt = 0
    let thrdError: CInt = 2
    return setThreadSpecific(key, value) == 0 ? thrdSuccess : thrdError
}
