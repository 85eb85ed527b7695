import CLinux
import CVMMalloc

// futex(2) as programs call it, by syscall(2), which is exported for this purpose. Without FUTEX_PRIVATE_FLAG the kernel
// identifies a futex by its page. The remap of mode 1 replaces the page, and waiters are never woken. No other process has
// the heap's memory, so futexes there are private, whether the program says so or not. C++ does not say so for std::future
// and std::atomic.
//
// Signal handlers and children of vfork(2) call it, too. So it takes no lock, and errno is the system call's.

/// Whether the kernel itself may wake a word in the pool.
private nonisolated(unsafe) var kernelWakesWords = false

/// Records a word that the kernel clears when a thread ends (CLONE_CHILD_CLEARTID, robust lists). The kernel wakes it as a
/// shared futex, so waiters must stay shared.
@c(vmmalloc_note_word_of_kernel)
public func noteWordOfKernel(_ word: UnsafeRawPointer?) {
    if let word, heap?.contains(word) == true { kernelWakesWords = true }
}

/// A futex system call, with words in the pool made private. Returns what syscall(2) returns.
@c(vmmalloc_futex)
public func futex(_ call: UnsafePointer<vmmalloc_system_call>) -> Int {
    var call = call.pointee
    switch CInt(truncatingIfNeeded: call.number) {
    case CInt(SYS_futex):
        return FutexCall(call: call).makePrivately()
    case CInt(SYS_futex_waitv):
        return withPrivateWords(in: call, count: call.b)
    case SYS_FUTEX_REQUEUE:
        return withPrivateWords(in: call, count: 2)
    case SYS_FUTEX_WAIT:
        call.d |= waitFlag(call.a, value: call.b)
        return make(call)
    case SYS_FUTEX_WAKE:
        let flags = call.d
        return wake(call.a, count: call.c) {
            call.c = $0
            call.d = flags | $1
            return make(call)
        }
    default:
        return make(call)
    }
}

private func make(_ call: vmmalloc_system_call) -> Int {
    withUnsafePointer(to: call) { vmmalloc_make_system_call($0) }
}

/// FUTEX_PRIVATE_FLAG, which equals FUTEX2_PRIVATE of later system calls, for a word in the pool; 0 for any other.
private func flag(_ word: Int) -> Int {
    guard let heap, let word = UnsafeRawPointer(bitPattern: word) else { return 0 }
    return heap.contains(word) ? Int(FUTEX_PRIVATE_FLAG) : 0
}

/// The same for a wait while the word is `value`. If `value` is the number of a live thread, possibly that of a child process in
/// the same memory, the wake may come from the kernel.
private func waitFlag(_ word: Int, value: Int) -> Int {
    guard kernelWakesWords else { return flag(word) }
    let thread = CInt(truncatingIfNeeded: value) & CInt(FUTEX_TID_MASK)
    return thread != 0 && Linux.isThread(thread) ? 0 : flag(word)
}

/// Wakes up to `count` waiters on `word` by `call`, which gets the number and the flag. Includes shared waiters if they may wait
/// for the kernel.
private func wake(_ word: Int, count: Int, _ call: (_ count: Int, _ flag: Int) -> Int) -> Int {
    let flag = flag(word)
    let woken = call(count, flag)
    guard flag != 0, kernelWakesWords, woken == 0 || woken > 0 && woken < CInt(truncatingIfNeeded: count)
    else { return woken }
    return woken &+ max(0, call(count &- woken, 0))
}

/// A call of futex(2).
private struct FutexCall {
    let call: vmmalloc_system_call

    var word: Int { call.a }
    var word2: Int { call.e }

    func makePrivately() -> Int {
        guard call.b & Int(FUTEX_PRIVATE_FLAG) == 0 else { return make(call) }
        switch CInt(truncatingIfNeeded: call.b) & ~FUTEX_CLOCK_REALTIME {
        case FUTEX_WAIT, FUTEX_WAIT_BITSET: return pass(waitFlag(word, value: call.c))
        case FUTEX_WAKE, FUTEX_WAKE_BITSET: return wakeWaiters(operation: call.b)
        case FUTEX_LOCK_PI, FUTEX_LOCK_PI2, FUTEX_TRYLOCK_PI, FUTEX_UNLOCK_PI: return pass(flag(word))
        case FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI: return pass(flag(word) & flag(word2))
        case FUTEX_REQUEUE, FUTEX_CMP_REQUEUE:
            return flag(word) == flag(word2) ? pass(flag(word)) : wakeInsteadOfRequeue()
        case FUTEX_WAKE_OP: return flag(word) == flag(word2) ? pass(flag(word)) : wakeApart()
        default: return make(call)
        }
    }

    private func pass(_ flag: Int) -> Int {
        var call = call
        call.b |= flag
        return make(call)
    }

    private func wakeWaiters(operation: Int) -> Int {
        var call = call
        return wake(word, count: call.c) {
            call.b = operation | $1
            call.c = $0
            return make(call)
        }
    }

    /// If one word lies in the pool and the other does not, waiters cannot move from a private word to a shared one. Those that
    /// would move are woken instead, which a waiter must expect at any time.
    private func wakeInsteadOfRequeue() -> Int {
        let (count, moved) = (CInt(truncatingIfNeeded: call.c), CInt(truncatingIfNeeded: call.d))
        guard count >= 0, moved >= 0 else { return make(call) }
        var all = call
        all.b |= flag(word)
        all.c = min(Int(count) &+ Int(moved), Int(CInt.max))
        // The kernel still compares the word. The second word is the same, so nothing moves.
        all.d = 0
        all.e = word
        return make(all)
    }

    /// If one word lies in the pool and the other does not: first the operation on the second word and its waiters, then the
    /// first word.
    private func wakeApart() -> Int {
        var nobodyWaitsHere: UInt32 = 0
        let woken = withUnsafeMutablePointer(to: &nobodyWaitsHere) {
            var second = call
            second.a = Int(bitPattern: $0)
            second.b |= flag(word2)
            return make(second)
        }
        return woken < 0 ? woken : woken &+ max(0, wakeWaiters(operation: Int(FUTEX_WAKE)))
    }
}

/// Makes a call whose first argument is an array of futex_waitv, with words in the pool made private. The copy takes 3 KiB of
/// stack.
@inline(never)
private func withPrivateWords(in call: vmmalloc_system_call, count: Int) -> Int {
    let most = Int(FUTEX_WAITV_MAX)
    guard count > 0, count <= most, let given = UnsafePointer<futex_waitv>(bitPattern: call.a) else {
        return make(call)
    }
    var copy = InlineArray<128, futex_waitv>(repeating: futex_waitv())
    return withUnsafeMutablePointer(to: &copy) { copy in
        copy.withMemoryRebound(to: futex_waitv.self, capacity: most) { copy in
            for index in 0..<count {
                copy[index] = given[index]
                let word = Int(truncatingIfNeeded: copy[index].uaddr)
                copy[index].flags |= UInt32(
                    truncatingIfNeeded: waitFlag(word, value: Int(truncatingIfNeeded: copy[index].val)))
            }
            var call = call
            call.a = Int(bitPattern: copy)
            return make(call)
        }
    }
}
