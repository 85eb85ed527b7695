/// The extents of the pool that jemalloc holds, in use or kept for later.
enum ExtentCount {
    /// The number of them now: a split adds one, a merge removes one.
    static let current = Counter()
    /// The number that the pool has handed out since the program's start.
    static let handedOut = Counter()

    static func noteHandedOut() {
        handedOut.add()
        current.add()
    }
    static func noteTakenBack() { current.subtractOne() }
    static func noteSplit() { current.add() }
    static func noteMerged() { current.subtractOne() }
}
