import CLinux

/// The whole allocator core behind one pointer: the pool, its forks, and the locks that order access to them.
///
/// A thread that takes several locks takes them in this order: glibc's lock of its FILE list, `mappingsLock`, jemalloc's,
/// `poolLock`.
///
/// All functions may be called from any thread, but only those that say so from a signal handler. None of them allocates or
/// traps. The locks are taken here, outside the mutating calls: a value that is being mutated belongs to the compiler, which may
/// move loads and stores across a lock that is taken inside.
public struct Heap: @unchecked Sendable {
    private struct State: ~Copyable {
        var pool: Pool
        var forks: ForkSequence
        /// Where forks are logged, if anywhere.
        var log: ForkLog?
        /// Whether the thread that holds `mappingsLock` took it for `prepareFork`.
        var memoryLocksAreKept = false
        /// When the allocator's slow path folds next, CLOCK_MONOTONIC in nanoseconds.
        var nextFold: UInt64 = 0
        /// Nanoseconds until then, after the next attempt that fails.
        var foldDelay = Heap.shortestFoldDelay
    }

    private let state: UnsafeMutablePointer<State>
    /// Held while the pool changes, and from the prepare to the resume of a fork.
    private let poolLock: Mutex
    /// Held while a fork or a fold moves mappings, and while memory is locked or unlocked. Otherwise the locks would be lost, or the
    /// fork would lose what other threads write.
    private let mappingsLock: Mutex

    // MARK: Start

    /// Creates the pool that the configuration describes. Throws as `Pool.create`, and ENOMEM. At start, while the process has one
    /// thread.
    public static func create(_ configuration: Configuration, log: consuming ForkLog?) throws(SystemError)
        -> Heap
    {
        let pool = try Pool.create(
            size: configuration.poolSize, in: configuration.poolDirectory,
            reservation: configuration.reservation)
        let lockBytes = 64
        let reportBytes = 192
        let memory = try Linux.map(
            at: nil, length: lockBytes &+ reportBytes &+ MemoryLayout<State>.stride,
            protection: PROT_READ | PROT_WRITE, flags: MAP_PRIVATE | MAP_ANONYMOUS, fd: -1)
        return Heap(
            state: State(
                pool: pool,
                forks: ForkSequence(
                    mode: configuration.forkMode, copyPolicy: configuration.copyPolicy,
                    folds: configuration.folding == .automatic,
                    memory: memory + lockBytes), log: log),
            at: (memory + lockBytes + reportBytes).bindMemory(to: State.self, capacity: 1),
            poolLock: Mutex(at: memory), mappingsLock: Mutex(at: memory + Mutex.size))
    }

    private init(
        state: consuming State, at memory: UnsafeMutablePointer<State>, poolLock: Mutex, mappingsLock: Mutex
    ) {
        memory.initialize(to: state)
        self.state = memory
        self.poolLock = poolLock
        self.mappingsLock = mappingsLock
    }

    // MARK: Memory

    /// Hands out `length` bytes, a multiple of the page size, at a multiple of `alignment` (a power of two) or exactly at
    /// `fixed`. Nil if there is no room. On entry `zeroed` says whether the caller needs zeroes, on return whether it has
    /// them.
    public func allocate(
        _ length: Int, alignment: Int, at fixed: UnsafeMutableRawPointer? = nil, zeroed: inout Bool
    ) -> UnsafeMutableRawPointer? {
        poolLock.lock()
        let run = state.pointee.pool.allocate(length, alignment: alignment, at: fixed)
        poolLock.unlock()
        foldALittle()
        guard let run else { return nil }
        if zeroed && !run.isFresh { memset(run.address, 0, length) }
        zeroed = zeroed || run.isFresh
        return run.address
    }

    /// Takes back a run, or part of one. Nobody may use it any more.
    public func release(_ address: UnsafeMutableRawPointer, length: Int) {
        // While the run still belongs to nobody else.
        purge(address, length: length)
        poolLock.lock()
        state.pointee.pool.release(address, length: length)
        poolLock.unlock()
        foldALittle()
    }

    /// Gives back the RAM of a run whose bytes are no longer needed. Private copies of pages are dropped, and the file's old
    /// bytes show again. Returns whether anything was done.
    @discardableResult
    public func purge(_ address: UnsafeMutableRawPointer, length: Int) -> Bool {
        let sharing = state.pointee.pool.sharing
        guard sharing != .shared else { return false }
        // Not while a fold protects pages: what is dropped is not protected any more.
        if sharing == .frozen { poolLock.lock() }
        defer { if sharing == .frozen { poolLock.unlock() } }
        return (try? Linux.advise(address, length: length, MADV_DONTNEED)) != nil
    }

    // MARK: Folding

    /// How long one call of the slow path folds, in nanoseconds, apart from the run in progress.
    private static let foldTime: UInt64 = 250_000
    /// How long the slow path waits after it has folded, and the shortest and longest wait after failed attempts, in nanoseconds.
    private static let foldPause: UInt64 = 500_000
    private static let shortestFoldDelay: UInt64 = 1_000_000
    private static let longestFoldDelay: UInt64 = 256_000_000

    /// In the slow path of malloc and free: folds some of the private pages, if there are any and there is no obstacle. Never waits.
    private func foldALittle() {
        guard waitsForFold,
            KernelClock.nanoseconds >= state.pointee.nextFold
        else { return }
        let signals = SignalMask.blockAll()
        defer { SignalMask.restore(signals) }
        guard mappingsLock.tryLock() else { return }
        defer { mappingsLock.unlock() }
        guard poolLock.tryLock() else { return }
        defer { poolLock.unlock() }
        let obstacle = fold(until: KernelClock.nanoseconds &+ Self.foldTime)
        if obstacle == nil {
            state.pointee.foldDelay = Self.shortestFoldDelay
            state.pointee.nextFold = KernelClock.nanoseconds &+ Self.foldPause
        } else {
            state.pointee.nextFold = KernelClock.nanoseconds &+ state.pointee.foldDelay
            state.pointee.foldDelay = min(2 &* state.pointee.foldDelay, Self.longestFoldDelay)
        }
    }

    /// Whether a part of the pool is private until it is folded.
    public var waitsForFold: Bool { state.pointee.pool.sharing == .frozen && state.pointee.forks.folds }

    /// Folds all that may be folded. Returns the obstacle, or nil if nothing is private any more. From any thread, but not from a
    /// signal handler.
    public func fold() -> FoldObstacle? {
        while true {
            let signals = SignalMask.blockAll()
            defer { SignalMask.restore(signals) }
            mappingsLock.lock()
            defer { mappingsLock.unlock() }
            poolLock.lock()
            defer { poolLock.unlock() }
            guard waitsForFold || state.pointee.pool.sharing == .shared else { return .mode }
            if let obstacle = fold(until: KernelClock.nanoseconds &+ Self.foldTime) {
                if waitsForFold { writeFolds() }
                return obstacle
            }
            if state.pointee.pool.sharing == .shared { return nil }
        }
    }

    /// With the lock held and signals blocked.
    private func fold(until deadline: UInt64) -> FoldObstacle? {
        let wasFrozen = state.pointee.pool.sharing == .frozen
        let obstacle = state.pointee.pool.fold(until: deadline)
        if wasFrozen, state.pointee.pool.sharing == .shared {
            writeFolds()
        }
        return obstacle
    }

    private func writeFolds() {
        state.pointee.log?.write(
            state.pointee.pool.foldTally, rest: state.pointee.pool.bytesToFold,
            state.pointee.pool.foldObstacle)
    }

    /// What folds of this process have done. Never waits; while one is under way the numbers may be from different moments.
    /// Async-signal-safe.
    public var foldTally: FoldTally { state.pointee.pool.foldTally }

    /// Whether `address` lies in the pool. Async-signal-safe.
    public func contains(_ address: UnsafeRawPointer) -> Bool { state.pointee.pool.contains(address) }

    /// Records memory that glibc writes in the child of a fork before the child has its heap: see `ChildWrites`. Does nothing if
    /// it does not lie in the pool.
    public func noteWrittenByChild(_ address: UnsafeMutableRawPointer, length: Int) {
        guard contains(address) else { return }
        poolLock.lock()
        state.pointee.pool.noteWrittenByChild(address, length: length)
        poolLock.unlock()
    }

    /// The address of the pool's first byte. It never changes. Async-signal-safe.
    public var base: UnsafeMutableRawPointer { state.pointee.pool.base }

    /// The pool's size in bytes. It never changes. Async-signal-safe.
    public var size: Int { state.pointee.pool.size }

    /// Figures about the heap. Never waits: if the lock is taken, even by this thread, the figures may be from different
    /// moments.
    public var statistics: HeapStatistics {
        let isLocked = poolLock.tryLock()
        defer { if isLocked { poolLock.unlock() } }
        return HeapStatistics(state.pointee.pool, state.pointee.forks.tally)
    }

    // MARK: Locked memory

    /// Runs `body`, which locks or unlocks memory, while no fork moves mappings: it waits for such a fork, and the fork waits for
    /// it. The thread must have all signals blocked and hold none of the locks here. Throws what `body` throws.
    public func withMappingsInPlace(_ body: () throws(SystemError) -> Void) throws(SystemError) {
        mappingsLock.lock()
        defer { mappingsLock.unlock() }
        try body()
    }

    /// mlockall(2), but the addresses that the pool holds in reserve do not count towards RLIMIT_MEMLOCK. If the call only fits
    /// because of that, each mapping is locked by itself, and MCL_FUTURE of an earlier call stays in effect. Must be called
    /// within `withMappingsInPlace`. Throws what mlockall(2) throws.
    public func lockAllMemory(_ flags: CInt) throws(SystemError) {
        do throws(SystemError) {
            try Linux.lockAll(flags)
        } catch {
            guard error.code == ENOMEM, flags & MCL_CURRENT != 0 else { throw error }
            poolLock.lock()
            let spare = state.pointee.pool.spareAddresses
            poolLock.unlock()
            guard try spare.remainderIsWithinLimit() else { throw error }
            if flags & MCL_FUTURE != 0 { try Linux.lockAll(flags & ~MCL_CURRENT) }
            try spare.lockRemainder(onFault: flags & CInt(MCL_ONFAULT) != 0)
        }
    }

    // MARK: Fork

    /// The exit status of a child that cannot have its heap, EX_OSERR of sysexits(3).
    public static let refusedChildStatus: CInt = 71

    /// Whether the next fork has the parent copy the pool.
    public var copiesAtFork: Bool {
        state.pointee.pool.sharing == .shared && state.pointee.forks.copier == .parent
            && state.pointee.forks.mode.copies
    }

    /// Reserve, for the exported fork(2). No lock of the allocator may be held, and all signals must be blocked; several threads
    /// may be here at once. If it throws, the fork is refused and nothing has changed: ENOMEM, ENOSPC, EDQUOT, EMFILE, EFAULT for
    /// a stack in the heap, and what else the mode's strategy throws. Otherwise this thread passes the attempt to
    /// `prepareFork`.
    public func reserveFork() throws(SystemError) -> ForkAttempt {
        DebugLog.note(.calls, "before any lock")
        // In the order in which prepare takes them.
        let copies = state.pointee.pool.sharing == .shared && state.pointee.forks.mode.copies
        if copies { FileList.lock() }
        mappingsLock.lock()
        poolLock.lock()
        defer { poolLock.unlock() }
        var attempt = state.pointee.forks.begin(state.pointee.pool, mayAllocate: true)
        do throws(SystemError) {
            do {
                defer {
                    mappingsLock.unlock()
                    if copies { FileList.unlock() }
                }
                try ForkSequence.reserveMappings(&attempt, &state.pointee.pool)
            }
            let source = CopySource(of: state.pointee.pool, lock: poolLock)
            // The rest may take long.
            poolLock.unlock()
            defer { poolLock.lock() }
            try ForkSequence.reserve(&attempt, source)
        } catch {
            state.pointee.forks.refuse(attempt)
            writeLog()
            throw error
        }
        return attempt
    }

    /// Runs before the allocator's own prepare handler. Waits for any thread that is locking memory, which may take as long as
    /// it takes to read that memory in. No thread locks memory from here until the end of `prepareFork`.
    public func keepMemoryLocks() {
        mappingsLock.lock()
        state.pointee.memoryLocksAreKept = true
    }

    /// The prepare handler. It runs after the allocator's own, whose locks keep other forks out until resume. It must not call
    /// malloc, nor anything that other libraries hook. A fork that did not come through `reserveFork` (forkpty, daemon, `__fork`)
    /// reserves here, and an error then costs the child, not the parent.
    public func prepareFork(_ reserved: consuming ForkAttempt?) {
        DebugLog.note(.calls, "prepare, with the allocator's locks held")
        // Not so in a constructor that runs before ours.
        if !state.pointee.memoryLocksAreKept { mappingsLock.lock() }
        poolLock.lock()
        state.pointee.forks.prepare(reserved ?? reserveLocked(), &state.pointee.pool)
        state.pointee.memoryLocksAreKept = false
        mappingsLock.unlock()
    }

    /// Reserve with all locks held. An error is recorded in the attempt.
    private func reserveLocked() -> ForkAttempt {
        var attempt = state.pointee.forks.begin(state.pointee.pool, mayAllocate: false)
        do throws(SystemError) {
            try ForkSequence.reserveMappings(&attempt, &state.pointee.pool)
            try ForkSequence.reserve(&attempt, CopySource(of: state.pointee.pool, lock: nil))
        } catch {}
        return attempt
    }

    /// The parent handler. It runs before the allocator's own, so its locks are still held and it must not call malloc.
    /// `refusal` is the kernel's error if it made no child. Returns false if the child has no heap and leaves.
    public func resumeParent(kernelRefusal refusal: SystemError?) -> Bool {
        DebugLog.note(.calls, "resume in the parent")
        let childHasItsHeap = state.pointee.forks.resumeParent(
            &state.pointee.pool, kernelRefusal: refusal)
        writeLog()
        poolLock.unlock()
        return childHasItsHeap
    }

    /// The child handler, on the child's only thread. It runs before the allocator's own, so its locks are still held and it must
    /// not call malloc. If it throws, the child must leave without touching the heap.
    public func resumeChild() throws(SystemError) {
        DebugLog.note(.calls, "resume in the child")
        try state.pointee.forks.resumeChild(&state.pointee.pool)
        if lastForkReport.copier == .child { state.pointee.log?.writeInChild(lastForkReport) }
        poolLock.reset()
        mappingsLock.reset()
    }

    /// The report of this process's last fork; in a child that has not forked, of the fork that made it. Async-signal-safe.
    public var lastForkReport: ForkReport { state.pointee.forks.lastReport.current }

    private func writeLog() { state.pointee.log?.write(lastForkReport) }
}
