extension WorkloadReport {
    /// The result of one check.
    public struct Verdict: Codable, Equatable, Sendable {
        /// The check that was made.
        public var check: Check
        /// 1 for the first fork, 2 for the next; 0 before any.
        public var fork: Int
        /// 1 for a fork of the first process, 2 for one of its child; 0 before any.
        public var depth: Int
        /// Its outcome.
        public var outcome: Outcome
        /// What was seen, in words; empty if the outcome says it all.
        public var detail: String

        /// Memberwise initializer.
        public init(check: Check, fork: Int, depth: Int, outcome: Outcome, detail: String = "") {
            self.check = check
            self.fork = fork
            self.depth = depth
            self.outcome = outcome
            self.detail = detail
        }
    }
}
