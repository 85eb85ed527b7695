extension WorkloadReport {
    /// One timed phase.
    public struct Timing: Codable, Equatable, Sendable {
        /// The phase that was timed.
        public var phase: Phase
        /// 1 for the first fork, 2 for the next; 0 before any.
        public var fork: Int
        /// 1 for a fork of the first process, 2 for one of its child; 0 before any.
        public var depth: Int
        /// Its duration.
        public var nanoseconds: UInt64
        /// Page faults without I/O that the acting process took in it.
        public var minorFaults: UInt64
        /// Page faults with I/O that the acting process took in it.
        public var majorFaults: UInt64

        /// Memberwise initializer.
        public init(
            phase: Phase, fork: Int, depth: Int, nanoseconds: UInt64, minorFaults: UInt64, majorFaults: UInt64
        ) {
            self.phase = phase
            self.fork = fork
            self.depth = depth
            self.nanoseconds = nanoseconds
            self.minorFaults = minorFaults
            self.majorFaults = majorFaults
        }
    }
}
