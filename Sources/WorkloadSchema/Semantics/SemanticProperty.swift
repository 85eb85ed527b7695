/// A property of fork(2) with an ordinary heap, as a question to be answered with yes or no. The raw
/// value is its name in reports, scenarios and expectations.
///
/// Each is worded so that plain fork answers yes: a "no" is something that a mode takes away.
public enum SemanticProperty: String, Codable, CaseIterable, Sendable {
    // The moment of the fork.

    /// The child's heap is as of the fork.
    case heapAsOfFork = "heap_as_of_fork"
    /// The same if the memory in use has gaps.
    case scatteredHeapAsOfFork = "scattered_heap_as_of_fork"
    /// Each later fork gives its child the heap as of that fork.
    case laterForksAsOfFork = "later_forks_as_of_fork"
    /// Four generations, each the child of one that had changed its heap.
    case generationsAsOfFork = "generations_as_of_fork"
    /// No pair of words in the heap is torn, though threads write while the process forks.
    case heapOfOneMoment = "heap_of_one_moment"
    /// Nor is any pair torn that has one word in the heap and the other in a global or on a stack.
    case heapOfForksMoment = "heap_of_forks_moment"

    // Isolation.

    /// The child does not see what its parent writes later.
    case parentWritesUnseen = "parent_writes_unseen"
    /// The parent does not see what its child writes.
    case childWritesUnseen = "child_writes_unseen"
    /// Two children do not see what the other writes.
    case siblingWritesUnseen = "sibling_writes_unseen"
    /// Neither parent nor child sees what the grandchild writes, nor the other way round.
    case grandchildWritesUnseen = "grandchild_writes_unseen"
    /// A child whose parent has ended still has its heap, and can fork.
    case outlivesParent = "outlives_parent"

    // Allocation.

    /// What parent and child allocate after the fork is their own.
    case allocationsApart = "allocations_apart"
    /// The child can free inherited blocks and reuse their room; its parent keeps them.
    case childFreesInherited = "child_frees_inherited"
    /// The child can start threads that allocate.
    case childStartsThreads = "child_starts_threads"
    /// A fork while other threads allocate leaves a child that can allocate.
    case forksBesideThreads = "forks_beside_threads"
    /// A thread on a stack that came from malloc can fork.
    case heapStackForks = "heap_stack_forks"
    /// A thread that waits on a futex in the heap while another forks is woken.
    case heapWaitersWoken = "heap_waiters_woken"
    /// The kernel can pin blocks of the heap for a long time, as for io_uring's registered buffers, RDMA or a GPU.
    case heapBlocksPinned = "heap_blocks_pinned"
    /// After a fork and a write of the parent, data that the kernel reads into such a block arrives in the parent's heap.
    case pinnedReadsArrive = "pinned_reads_arrive"
    /// The same if the process had already forked before the block was pinned.
    case laterPinnedReadsArrive = "later_pinned_reads_arrive"
    /// A thread keeps the lock of a FILE when another forks, and the child can take it.
    case fileLocksKept = "file_locks_kept"
    /// Threads keep their thread-specific values when another forks.
    case threadValuesKept = "thread_values_kept"
    /// A process whose pool is full can fork.
    case fullPoolForks = "full_pool_forks"
    /// Such a child can free, and then allocate.
    case fullPoolRecovers = "full_pool_recovers"

    /// A fork while threads fill the pool and free it leaves both sides intact.
    case poolFillsDuringFork = "pool_fills_during_fork"

    // Other programs.

    /// A program that a child executes has its own pool.
    case execGetsOwnPool = "exec_gets_own_pool"
    /// It inherits no descriptor of its parent's pool.
    case execInheritsNothing = "exec_inherits_nothing"

    // Other ways than fork.

    /// The child of vfork writes into its parent's heap.
    case vforkSharesHeap = "vfork_shares_heap"
    /// posix_spawn runs a program and leaves the heap as it was, where it was.
    case posixSpawnLeavesHeap = "posix_spawn_leaves_heap"
    /// So does popen.
    case popenLeavesHeap = "popen_leaves_heap"
    /// So does system.
    case systemLeavesHeap = "system_leaves_heap"
    /// Parent and child of forkpty are apart.
    case forkptyApart = "forkpty_apart"
    /// The daemon that daemon(3) makes has the heap.
    case daemonKeepsHeap = "daemon_keeps_heap"
    /// Parent and child of _Fork are apart.
    case bareForkApart = "bare_fork_apart"
    /// They are apart if the process has forked before.
    case bareForkApartLater = "bare_fork_apart_later"
    /// Parent and child of the system call clone3 are apart.
    case clone3Apart = "clone3_apart"

    // Space. These fill a file system: they are decided only on one that was made for it.

    /// A process can fork when its file system has no room for a copy of the heap.
    case noRoomForks = "no_room_forks"
    /// A fork that is refused for lack of room has changed nothing, and works when there is room again.
    case refusedForkHarmless = "refused_fork_harmless"
    /// A fork while somebody takes the last blocks and gives them back makes an intact child, or is refused and has changed
    /// nothing.
    case fileSystemFillsDuringFork = "file_system_fills_during_fork"
    /// Parent and child of a fork can write to the blocks they hold when the file system fills up.
    case fullFileSystemWrites = "full_file_system_writes"
    /// malloc on a full file system returns NULL or writable memory, in parent and child.
    case fullFileSystemAllocates = "full_file_system_allocates"
    /// The space of parent and child comes back when they have ended.
    case spaceReturnsAfterExit = "space_returns_after_exit"
    /// It comes back when they crash.
    case spaceReturnsAfterCrash = "space_returns_after_crash"
    /// It comes back when they are killed by SIGKILL.
    case spaceReturnsAfterKill = "space_returns_after_kill"

    /// Whether deciding it fills a file system or measures its free space, so that nobody else may use it meanwhile.
    public var needsOwnFileSystem: Bool {
        switch self {
        case .noRoomForks, .refusedForkHarmless, .fileSystemFillsDuringFork, .fullFileSystemWrites,
            .fullFileSystemAllocates, .spaceReturnsAfterExit, .spaceReturnsAfterCrash, .spaceReturnsAfterKill:
            true
        default: false
        }
    }

    /// The question in words, as tables show it.
    public var question: String {
        switch self {
        case .heapAsOfFork: "Does the child get the heap as of the fork?"
        case .scatteredHeapAsOfFork: "Also if the memory in use is scattered over the pool?"
        case .laterForksAsOfFork: "Does each later fork give its child the heap as of that fork?"
        case .generationsAsOfFork:
            "Does each of four generations, which all change their heap, start with the heap as of its fork?"
        case .heapOfOneMoment: "Does the child's heap show one moment if threads write during the fork?"
        case .heapOfForksMoment: "Is that the same moment as for its globals and stacks?"
        case .parentWritesUnseen: "Does the child not see what its parent writes later?"
        case .childWritesUnseen: "Does the parent not see what its child writes?"
        case .siblingWritesUnseen: "Do two children not see each other's writes?"
        case .grandchildWritesUnseen: "Are parent, child and grandchild apart?"
        case .outlivesParent: "Does a child keep its heap, and can it fork, when its parent is gone?"
        case .allocationsApart: "Are blocks that parent and child allocate after the fork their own?"
        case .childFreesInherited: "Can the child free inherited blocks and reuse their room?"
        case .childStartsThreads: "Can the child start threads that allocate?"
        case .forksBesideThreads: "Can the child allocate if its parent's threads did so during the fork?"
        case .heapStackForks: "Can a thread whose stack came from malloc fork?"
        case .heapWaitersWoken: "Is a thread that waited on a futex in the heap while another forked woken?"
        case .heapBlocksPinned: "Can blocks of the heap be registered with io_uring?"
        case .pinnedReadsArrive: "Do reads into such a block still arrive in the parent after a fork?"
        case .laterPinnedReadsArrive: "Also if the process had forked before it registered the block?"
        case .fileLocksKept:
            "Does a thread keep the lock of a FILE when another forks, and can the child take it?"
        case .threadValuesKept: "Do threads keep their thread-specific values when another forks?"
        case .fullPoolForks: "Can a process with a full pool fork?"
        case .fullPoolRecovers: "Does malloc fail cleanly in its child, and work after free?"
        case .poolFillsDuringFork: "Are both sides intact if threads fill the pool during the fork?"
        case .execGetsOwnPool: "Does a program that the child executes have its own heap?"
        case .execInheritsNothing: "Does it inherit no descriptor of its parent's pool?"
        case .vforkSharesHeap: "vfork: does the child write to its parent's heap?"
        case .posixSpawnLeavesHeap: "posix_spawn: does it leave the heap's contents and place alone?"
        case .popenLeavesHeap: "popen: the same?"
        case .systemLeavesHeap: "system: the same?"
        case .forkptyApart: "forkpty: are parent and child apart?"
        case .daemonKeepsHeap: "daemon: does the daemon have the heap?"
        case .bareForkApart: "`_Fork`: are parent and child apart?"
        case .bareForkApartLater: "`_Fork` after a fork: are parent and child apart?"
        case .clone3Apart: "clone3: are parent and child apart?"
        case .noRoomForks: "Can a process fork when there is no room for a copy of its heap?"
        case .refusedForkHarmless: "Does a refused fork change nothing, and work when there is room again?"
        case .fileSystemFillsDuringFork:
            "Does a fork while the file system fills up make an intact child, or change nothing?"
        case .fullFileSystemWrites:
            "Can parent and child write to the blocks they hold if the file system fills up after the fork?"
        case .fullFileSystemAllocates: "Does malloc then fail cleanly?"
        case .spaceReturnsAfterExit: "Does the space come back when parent and child end?"
        case .spaceReturnsAfterCrash: "Also when they crash?"
        case .spaceReturnsAfterKill: "Also when they are killed?"
        }
    }
}
