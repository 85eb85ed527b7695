/// A built-in workload: a subcommand of forklab-workload.
package enum WorkloadKind: String, CaseIterable, Sendable {
    /// Fill, fork, rewrite, verify.
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
    /// Fork while threads write pairs of words; count torn ones.
    case snapshot
    /// Pairs of malloc and free a second.
    case throughput
    /// How long a program takes from exec to its end.
    case start
    /// How much of the pool is usable before malloc returns NULL.
    case exhaustion
    /// Properties of fork, each decided by a program of its own.
    case semantics
    /// A fork stall drawn from a known distribution: to check what is made of it.
    case synthetic

    /// The parameter of that name; nil if the workload has none.
    package func parameter(_ name: String) -> WorkloadParameter? {
        parameters.first { $0.name == name }
    }
}
