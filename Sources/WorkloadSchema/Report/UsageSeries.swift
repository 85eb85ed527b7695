/// Memory and space of the whole machine over time, as somebody outside of the workload sampled it: only for quiet
/// machines.
public struct UsageSeries: Codable, Equatable, Sendable {
    /// One look.
    public struct Sample: Equatable, Sendable {
        /// When, nanoseconds on the monotonic clock.
        public let at: UInt64
        /// AnonPages, Shmem and PageTables together, bytes.
        public let memory: Int64
        /// What is taken of the pool's file system, bytes; nil for a reference.
        public let space: Int64?

        /// A look of all its fields.
        public init(at: UInt64, memory: Int64, space: Int64?) {
            self.at = at
            self.memory = memory
            self.space = space
        }
    }

    /// Nanoseconds from just before the first fork, rising; negative before it.
    public private(set) var times: [Int64] = []
    /// What memory grew by since then, bytes: AnonPages, Shmem and PageTables of the system.
    public private(set) var memory: [Int64] = []
    /// What is taken more of the pool's file system, bytes; empty for a reference.
    public private(set) var space: [Int64] = []

    /// What `samples`, in the order of time, say since `fork`, nanoseconds on the monotonic clock; nil if none was taken
    /// before it.
    public init?(_ samples: [Sample], fork: UInt64) {
        guard let base = samples.last(where: { $0.at <= fork }) else { return nil }
        for sample in samples {
            times.append(Int64(bitPattern: sample.at &- fork))
            memory.append(sample.memory - base.memory)
            if let now = sample.space, let then = base.space { space.append(now - then) }
        }
    }
}
