/// What folds of this process have done.
public struct FoldTally: Sendable {
    /// Complete folds, after which nothing was private any more.
    public private(set) var folds: UInt64 = 0
    /// Bytes written to the file, also by folds that are not complete.
    public private(set) var bytes: UInt64 = 0
    /// Nanoseconds spent in runs.
    public private(set) var nanoseconds: UInt64 = 0
    /// The longest run in nanoseconds.
    public private(set) var longestRun: UInt64 = 0

    mutating func note(bytes copied: Int, nanoseconds took: UInt64) {
        bytes &+= UInt64(truncatingIfNeeded: copied)
        nanoseconds &+= took
        longestRun = max(longestRun, took)
    }

    mutating func noteEnd() { folds &+= 1 }
}
