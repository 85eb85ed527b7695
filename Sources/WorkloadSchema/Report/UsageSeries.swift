/// Memory and space of the whole machine over time, as sampled from outside the workload: only for quiet
/// machines.
public struct UsageSeries: Codable, Equatable, Sendable {
    /// One sample.
    public struct Sample: Equatable, Sendable {
        /// The time, nanoseconds on the monotonic clock.
        public let at: UInt64
        /// AnonPages, Shmem and PageTables together, bytes.
        public let memory: Int64
        /// Used space on the pool's file system, bytes; nil for a reference.
        public let space: Int64?

        /// Memberwise initializer.
        public init(at: UInt64, memory: Int64, space: Int64?) {
            self.at = at
            self.memory = memory
            self.space = space
        }
    }

    /// Nanoseconds relative to just before the first fork, in rising order; negative before it.
    public private(set) var times: [Int64] = []
    /// Growth of memory since then, bytes: AnonPages, Shmem and PageTables of the system.
    public private(set) var memory: [Int64] = []
    /// Growth of used space on the pool's file system since then, bytes; empty for a reference.
    public private(set) var space: [Int64] = []

    /// The series of `samples`, which are in order of time, relative to `fork`, nanoseconds on the monotonic clock; nil if no
    /// sample was taken before it.
    public init?(_ samples: [Sample], fork: UInt64) {
        guard let base = samples.last(where: { $0.at <= fork }) else { return nil }
        for sample in samples {
            times.append(Int64(bitPattern: sample.at &- fork))
            memory.append(sample.memory - base.memory)
            if let now = sample.space, let then = base.space { space.append(now - then) }
        }
    }
}
