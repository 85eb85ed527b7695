extension WorkloadReport {
    /// Bytes that malloc handed out until it returned NULL, as shares of the pool.
    public struct UsableShares: Codable, Equatable, Sendable {
        /// With the pool fresh.
        public var fresh: Double
        /// After a long random run with the pool full all the time.
        public var afterRun: Double
        /// After everything was freed.
        public var afterFree: Double

        /// Memberwise initializer.
        public init(fresh: Double, afterRun: Double, afterFree: Double) {
            self.fresh = fresh
            self.afterRun = afterRun
            self.afterFree = afterFree
        }
    }
}
