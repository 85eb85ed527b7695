/// The checks of workloads. The raw value is the name in reports and scenarios.
public enum Check: String, Codable, CaseIterable, Sendable {
    /// The wanted share of the pool could be filled.
    case filled
    /// Every block that was looked up lies in the pool.
    case heapInPool = "heap_in_pool"
    /// fork() succeeded.
    case forked
    /// The mappings after the fork are those that the mode promises.
    case modeTookEffect = "mode_took_effect"
    /// The library's account of the fork agrees with what was seen.
    case forkReport = "fork_report"
    /// The child saw nothing of what the parent wrote after the fork.
    case isolationParentToChild = "isolation_parent_to_child"
    /// The parent saw nothing of what the child wrote.
    case isolationChildToParent = "isolation_child_to_parent"
    /// Every block of the parent held what was last written to it.
    case parentChecksum = "parent_checksum"
    /// Every block of the child held what was last written to it.
    case childChecksum = "child_checksum"
    /// The child answered in time and ended with status 0.
    case childExit = "child_exit"
    /// vmmalloc_fold() succeeded when the child was gone, and the parent's heap is mapped shared again.
    case folded
    /// Every request of the probes was answered correctly.
    case answered
    /// The program's own check of its result succeeded (programs).
    case verified
}

/// The outcome of a check.
public enum Outcome: String, Codable, CaseIterable, Sendable {
    /// The promise was kept.
    case held
    /// The promise was broken.
    case broken
    /// Nothing to check here: a reference has no pool.
    case notApplicable = "not_applicable"
    /// The workload did not get that far.
    case unknown
}
