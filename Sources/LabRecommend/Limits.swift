/// Limits on what forks may cost, and what they must preserve, set by the user or the machine.
package struct Limits: Codable, Equatable, Sendable {
    /// An amount that must not be exceeded.
    package struct Bound: Codable, Equatable, Sendable {
        /// Nanoseconds or bytes.
        var amount: Double
        /// The option that set it; nil if the machine did.
        var option: String?

        /// A bound set by `option`, or by the machine if that is nil.
        package init(_ amount: Double, option: String?) {
            self.amount = amount
            self.option = option
        }
    }

    /// How much of a child's memory must show one moment.
    package enum Snapshot: String, Codable, CaseIterable, Comparable, Sendable {
        /// Nothing: no other thread writes during a fork, or the child does not read what they write.
        case none
        /// The heap by itself.
        case heap
        /// The heap and all other memory, as fork(2) intends.
        case process

        /// Whether `left` demands less.
        package static func < (left: Snapshot, right: Snapshot) -> Bool {
            allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
        }
    }

    /// The quantity to minimise among the candidates within the limits.
    package enum Goal: String, Codable, CaseIterable, Sendable {
        /// The longest stall of the forking thread.
        case stall
        /// The parent's first writes after a fork.
        case writes
        /// RAM.
        case memory
    }

    /// Nanoseconds that a fork may hold up its caller; nil: no limit.
    package var stall: Bound?
    /// Bytes of RAM that forks may take beside the program; nil: no limit.
    package var memory: Bound?
    /// Bytes of the file system that forks may take beside the pool; nil: no limit.
    package var space: Bound?
    /// How much memory must show one moment.
    package var snapshot: Snapshot
    /// The goal that decides among the candidates within the limits.
    package var goal: Goal

    /// Memberwise initializer.
    package init(
        stall: Bound? = nil, memory: Bound? = nil, space: Bound? = nil, snapshot: Snapshot = .none,
        goal: Goal = .stall
    ) {
        self.stall = stall
        self.memory = memory
        self.space = space
        self.snapshot = snapshot
        self.goal = goal
    }

    /// Whether the user promises that space stays free for forks.
    var isSpaceKept: Bool { space?.option != nil }
}
