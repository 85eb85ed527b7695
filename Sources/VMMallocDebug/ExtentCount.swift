/// The extents of the pool that jemalloc holds, in use or kept for later.
enum ExtentCount {
    /// Those that it holds now: splitting makes one more, merging one less.
    static let current = Counter()
    /// Those that the pool has handed out since the program's start.
    static let handedOut = Counter()

    static func noteHandedOut() {
        handedOut.add()
        current.add()
    }
    static func noteTakenBack() { current.subtractOne() }
    static func noteSplit() { current.add() }
    static func noteMerged() { current.subtractOne() }
}
