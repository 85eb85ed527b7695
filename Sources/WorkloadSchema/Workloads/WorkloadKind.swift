/// A built-in workload: a subcommand of forklab-workload.
package enum WorkloadKind: String, CaseIterable, Sendable {
    /// Fills a heap, forks, rewrites a share on both sides, verifies.
    case heap
    /// A key-value store that serves requests while a child reads its snapshot.
    case store
    /// Many children that live at the same time.
    case prefork
    /// Children that execute a tiny program, one after the other.
    case shell
    /// Children that fork children.
    case tree
    /// Forks while other threads rewrite, allocate and free.
    case writers
    /// Forks while threads write pairs of words, and counts torn ones.
    case snapshot
    /// Pairs of malloc and free per second.
    case throughput
    /// How long a program takes from exec to its end.
    case start
    /// How much of the pool is usable before malloc returns NULL.
    case exhaustion
    /// Properties of fork, each decided by its own program.
    case semantics
    /// A fork stall drawn from a known distribution, to check forklab's conclusions.
    case synthetic

    /// The parameter called `name`; nil if the workload does not have it.
    package func parameter(_ name: String) -> WorkloadParameter? {
        parameters.first { $0.name == name }
    }
}
