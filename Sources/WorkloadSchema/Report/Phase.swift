/// A phase that a workload times. The raw value is the name in reports, scenarios and expectations.
public enum Phase: String, Codable, CaseIterable, Sendable {
    /// Filling the heap before the first fork.
    case fill
    /// The call of fork() in the parent, which stalls it.
    case forkStall = "fork_stall"
    /// Forking all the children of a process, from before the first fork until the last child runs.
    case startAll = "start_all"
    /// From just before fork() in the parent until fork() has returned in the child.
    case childFirstInstruction = "child_first_instruction"
    /// The parent's first write to each block of its share after the fork.
    case parentFirstWrite = "parent_first_write"
    /// The child's first write to each block of its share.
    case childFirstWrite = "child_first_write"
    /// The child's first read of the blocks that it did not write; it verifies them.
    case childFirstRead = "child_first_read"
    /// The parent's first read of every block after the fork; it verifies them.
    case parentFirstRead = "parent_first_read"
    /// The parent frees and allocates its share again, while the child does the same.
    case parentReallocate = "parent_reallocate"
    /// The child frees and allocates its share again, while the parent does the same.
    case childReallocate = "child_reallocate"
    /// From the child's last instruction until the parent learns that it is gone.
    case childExit = "child_exit"
    /// The call of vmmalloc_fold() in the parent when the child is gone, where the child was to copy.
    case fold
    /// From just before fork() until the parent learns that the program that the child executed has ended.
    case spawn
}
