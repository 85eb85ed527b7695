import LabBase

/// The file that VMMALLOC_FORK_LOG names: lines about the forks of each process that writes to it, about the copies that children
/// make themselves, and about folds.
public struct ForkLog: Equatable, Sendable {
    /// A line of a process that forked.
    public struct Fork: Equatable, Sendable {
        /// The process that forked.
        public let pid: Int32
        /// The number of the fork within its process, from 1.
        public let number: Int
        /// The library's account of it.
        public let account: ForkAccount
        /// What waited to be folded when the fork began; nil if the line does not say.
        public let waiting: Waiting?

        /// Memberwise initializer.
        public init(pid: Int32, number: Int, account: ForkAccount, waiting: Waiting? = nil) {
            self.pid = pid
            self.number = number
            self.account = account
            self.waiting = waiting
        }
    }

    /// A line of a child that copied its heap itself, or tried to.
    public struct Copy: Equatable, Sendable {
        /// The child.
        public let child: Int32
        /// The process that forked it.
        public let parent: Int32
        /// The number of the fork within that process, from 1.
        public let number: Int
        /// The child's account: without the phases in the parent.
        public let account: ForkAccount

        /// Memberwise initializer.
        public init(child: Int32, parent: Int32, number: Int, account: ForkAccount) {
            self.child = child
            self.parent = parent
            self.number = number
            self.account = account
        }
    }

    /// A line about the folds of a process: sums since its start.
    public struct Fold: Equatable, Sendable {
        /// The process that folded.
        public let pid: Int32
        /// What its folds have done.
        public let tally: FoldTally
        /// What waits to be folded; nil if the line does not say.
        public let waiting: Waiting?

        /// Memberwise initializer.
        public init(pid: Int32, tally: FoldTally, waiting: Waiting? = nil) {
            self.pid = pid
            self.tally = tally
            self.waiting = waiting
        }
    }

    /// What of a heap is private until it is folded, and why.
    public struct Waiting: Codable, Equatable, Sendable {
        /// Bytes of the pool, in use or not.
        public let bytesToFold: UInt64
        /// What was in the way at the last attempt; "none" if nothing was, or if there was none.
        public let foldObstacle: String

        /// Memberwise initializer.
        public init(bytesToFold: UInt64, foldObstacle: String) {
            self.bytesToFold = bytesToFold
            self.foldObstacle = foldObstacle
        }
    }

    /// The forks, in the order of their lines.
    public var forks: [Fork] = []
    /// The copies that children made, in the order of their lines.
    public var copies: [Copy] = []
    /// The lines about folds, in order. The last one of a process includes what its earlier ones say.
    public var folds: [Fold] = []

    /// An empty log.
    public init() {}

    /// The lines of a log. Incomplete lines, and lines of another kind, are left out.
    public init(_ text: some StringProtocol) {
        for line in text.split(separator: "\n") { add(String(line)) }
    }

    /// Reads the log at `path`. Throws `SystemCallError`.
    public init(reading path: String) throws(SystemCallError) { self.init(try TextFile.read(path)) }

    /// The account of the child that fork `number` of process `pid` made, if the child has written one.
    ///
    /// The kernel gives the numbers of processes anew some time: the last one counts.
    public func childAccount(pid: Int32, number: Int) -> ForkAccount? {
        copies.last { $0.parent == pid && $0.number == number }?.account
    }

    /// The log without its first `count` forks, and without the copies of their children.
    public func after(forks count: Int) -> ForkLog {
        var rest = self
        rest.forks = Array(forks.dropFirst(count))
        rest.copies = copies.filter { copy in
            rest.forks.contains { $0.pid == copy.parent && $0.number == copy.number }
        }
        return rest
    }

    private mutating func add(_ line: String) {
        guard let heading = try? JSONLine.decode(Heading.self, from: line) else { return }
        if let child = heading.child, let parent = heading.parent, let number = heading.fork {
            guard let account = try? JSONLine.decode(ChildAccount.self, from: line).account else { return }
            copies.append(Copy(child: child, parent: parent, number: number, account: account))
        } else if let pid = heading.pid, let number = heading.fork {
            guard let account = try? JSONLine.decode(ForkAccount.self, from: line) else { return }
            forks.append(
                Fork(
                    pid: pid, number: number, account: account,
                    waiting: try? JSONLine.decode(Waiting.self, from: line)))
        } else if let pid = heading.pid, heading.folds != nil {
            guard let tally = try? JSONLine.decode(FoldTally.self, from: line) else { return }
            folds.append(
                Fold(pid: pid, tally: tally, waiting: try? JSONLine.decode(Waiting.self, from: line)))
        }
    }

    /// What tells the kinds of lines apart.
    private struct Heading: Decodable {
        let pid: Int32?
        let fork: Int?
        let child: Int32?
        let parent: Int32?
        let folds: UInt64?
    }

    /// The fields of a child's line.
    private struct ChildAccount: Decodable {
        let mode: ForkMode
        let copier: ForkAccount.Copier
        let action: ForkAccount.Action
        let error: Int32
        let bytesLive: UInt64
        let bytesCopied: UInt64
        let bytesShared: UInt64
        let copyNs: UInt64
        let resumeNs: UInt64

        var account: ForkAccount {
            ForkAccount(
                mode: mode, copier: copier, action: action, error: error, bytesLive: bytesLive,
                bytesCopied: bytesCopied, bytesShared: bytesShared, resumeNs: resumeNs, copyNs: copyNs)
        }
    }
}
