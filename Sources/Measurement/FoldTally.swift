import CProcess

/// What the folds of a process have done so far: what was private of its heap has returned to the pool file.
///
/// Plain data, so it may be in memory that parent and child share.
public struct FoldTally: Codable, Equatable, Sendable {
    /// Folds after which nothing was private any more.
    public var folds: UInt64
    /// Bytes that all folds, complete or not, have written to the file.
    public var bytes: UInt64
    /// Nanoseconds that they took.
    public var foldNs: UInt64
    /// Nanoseconds of the longest run, for which the program paused.
    public var longestNs: UInt64

    /// Memberwise initializer.
    public init(folds: UInt64 = 0, bytes: UInt64 = 0, foldNs: UInt64 = 0, longestNs: UInt64 = 0) {
        self.folds = folds
        self.bytes = bytes
        self.foldNs = foldNs
        self.longestNs = longestNs
    }

    /// The tally of this process, once it has forked. nil without a library that gives one. Allocates nothing if there is one.
    public static func ofThisProcess() -> FoldTally? {
        var report = vmmalloc_fork_report()
        report.version = UInt32(VMMALLOC_FORK_REPORT_VERSION)
        guard cp_fork_report(&report) == 0 else { return nil }
        return FoldTally(
            folds: report.folds, bytes: report.fold_bytes, foldNs: report.fold_ns,
            longestNs: report.fold_longest_ns)
    }
}
