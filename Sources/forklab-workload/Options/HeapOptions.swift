import ArgumentParser
import WorkloadBase
import WorkloadSchema

/// Options of the workloads that fill a heap and fork children that look at it.
struct HeapOptions: ParsableArguments {
    @Option(
        "pool_size", of: .heap,
        help: "Size of the pool, or for a reference the size to compare with (suffixes K, M, G, T).")
    var poolSize: SizeArgument

    @Option("share_in_use", of: .heap, help: "Share of the pool size to fill before the first fork, 0 to 1.")
    var shareInUse: Double

    @Option("child_deadline", of: .heap, help: "Seconds that a child may take to answer before it is killed.")
    var childDeadline: Int

    /// Bytes to fill.
    var bytes: Int { Int(Double(poolSize.bytes) * shareInUse) }

    /// Nanoseconds that a child may take.
    var patience: UInt64 { UInt64(childDeadline) * 1_000_000_000 }
}
