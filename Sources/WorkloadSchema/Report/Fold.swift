import Measurement

extension WorkloadReport {
    /// What was folded after one fork, little by little and by the workload's call of vmmalloc_fold().
    public struct Fold: Codable, Equatable, Sendable {
        /// 1 for the first fork, 2 for the next.
        public var fork: Int
        /// What folds have done since before this fork; only the longest run is that of the whole process so far.
        public var tally: FoldTally

        /// What folds have done between the tallies `before` and `after` fork `fork`.
        public init(fork: Int, from before: FoldTally, to after: FoldTally) {
            self.fork = fork
            tally = FoldTally(
                folds: after.folds &- before.folds, bytes: after.bytes &- before.bytes,
                foldNs: after.foldNs &- before.foldNs, longestNs: after.longestNs)
        }
    }
}
