/// What forks may cost and must keep, as a user or the machine says.
package struct Limits: Codable, Equatable, Sendable {
    /// An amount that must not be exceeded.
    package struct Bound: Codable, Equatable, Sendable {
        /// Nanoseconds or bytes.
        var amount: Double
        /// The option that set it; nil where the machine did.
        var option: String?

        /// A bound that the option set, or the machine if it is nil.
        package init(_ amount: Double, option: String?) {
            self.amount = amount
            self.option = option
        }
    }

    /// What of a child's memory must be of one moment.
    package enum Snapshot: String, Codable, CaseIterable, Comparable, Sendable {
        /// Nothing: no other thread writes during a fork, or the child does not read what they write.
        case none
        /// The heap in itself.
        case heap
        /// The heap and all the rest, as fork(2) means it.
        case process

        /// Whether `left` asks for less.
        package static func < (left: Snapshot, right: Snapshot) -> Bool {
            allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
        }
    }

    /// What is to be as low as possible among the candidates that are within the limits.
    package enum Goal: String, Codable, CaseIterable, Sendable {
        /// The longest stall of the forking thread.
        case stall
        /// The parent's first writes after a fork.
        case writes
        /// RAM.
        case memory
    }

    /// Nanoseconds that a fork may hold up its caller; nil: any.
    package var stall: Bound?
    /// Bytes of RAM that the forks may take beside the program; nil: any.
    package var memory: Bound?
    /// Bytes of the file system that the forks may take beside the pool; nil: any.
    package var space: Bound?
    /// What must be of one moment.
    package var snapshot: Snapshot
    /// What decides among the candidates within the limits.
    package var goal: Goal

    /// Limits of all their parts.
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

    /// Whether the user promises that space stays free for the forks.
    var isSpaceKept: Bool { space?.option != nil }
}
