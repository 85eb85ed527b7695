import ArgumentParser
import WorkloadBase

/// Options of the workloads that fill a heap and fork children that look at it.
struct HeapOptions: ParsableArguments {
    @Option(help: "Size of the pool, or for a reference the size to compare with (suffixes K, M, G, T).")
    var poolSize: SizeArgument = SizeArgument(argument: "256M")!

    @Option(help: "Share of the pool size to fill before the first fork, 0 to 1.")
    var shareInUse: Double = 0.5

    @Option(help: "Seconds that a child may take to answer before it is killed.")
    var childDeadline: Int = 20

    func validate() throws {
        try OptionRange.checkShare("--share-in-use", shareInUse)
        try OptionRange.checkCounts([("--child-deadline", childDeadline, 3600)])
    }

    /// Bytes to fill.
    var bytes: Int { Int(Double(poolSize.bytes) * shareInUse) }

    /// Nanoseconds that a child may take.
    var patience: UInt64 { UInt64(childDeadline) * 1_000_000_000 }
}
