import Measurement

extension WorkloadReport {
    /// The library's account of one fork.
    public struct Accounts: Codable, Equatable, Sendable {
        /// 1 for the first fork, 2 for the next.
        public var fork: Int
        /// 1 for a fork of the first process, 2 for one of its child.
        public var depth: Int
        /// The account of the forking process.
        public var parent: ForkAccount?
        /// The account of its child.
        public var child: ForkAccount?

        /// Accounts of all their fields.
        public init(fork: Int, depth: Int, parent: ForkAccount?, child: ForkAccount?) {
            self.fork = fork
            self.depth = depth
            self.parent = parent
            self.child = child
        }
    }
}
