extension WorkloadReport {
    /// Bytes asked of malloc until it returned NULL, as shares of the pool.
    public struct UsableShares: Codable, Equatable, Sendable {
        /// With the pool fresh.
        public var fresh: Double
        /// After a long random run with the pool full all the time.
        public var afterRun: Double
        /// When all was free again.
        public var afterFree: Double

        /// Shares of all three.
        public init(fresh: Double, afterRun: Double, afterFree: Double) {
            self.fresh = fresh
            self.afterRun = afterRun
            self.afterFree = afterFree
        }
    }
}
