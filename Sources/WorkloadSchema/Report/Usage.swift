import Measurement

extension WorkloadReport {
    /// Memory and space at one boundary.
    public struct Usage: Codable, Equatable, Sendable {
        /// The boundary at which it was read.
        public var boundary: Boundary
        /// 1 for the first fork, 2 for the next.
        public var fork: Int
        /// 1 for a fork of the first process, 2 for one of its child.
        public var depth: Int
        /// The time, nanoseconds on the monotonic clock.
        public var at: UInt64
        /// Memory of the forking process.
        public var parent: MemoryCounters
        /// The number of its live children.
        public var children: Int
        /// Memory of those children, added up; nil if there are none.
        public var child: MemoryCounters?
        /// Memory of the whole system.
        public var system: SystemMemory
        /// Space on the pool's file system; nil for a reference.
        public var fileSystem: FileSystemSpace?
        /// Bytes that parent and children have sent to storage so far.
        public var written: ProcessWrites
        /// Bytes written to the device of the pool's file system since the system started, by anybody; nil
        /// for a reference, and where the file system has no device.
        public var deviceWritten: Int64?

        /// Memberwise initializer.
        public init(
            boundary: Boundary, fork: Int, depth: Int, at: UInt64 = 0, parent: MemoryCounters,
            children: Int = 1, child: MemoryCounters?, system: SystemMemory, fileSystem: FileSystemSpace?,
            written: ProcessWrites = ProcessWrites(), deviceWritten: Int64? = nil
        ) {
            self.boundary = boundary
            self.fork = fork
            self.depth = depth
            self.at = at
            self.parent = parent
            self.children = child == nil ? 0 : children
            self.child = child
            self.system = system
            self.fileSystem = fileSystem
            self.written = written
            self.deviceWritten = deviceWritten
        }

        /// Anonymous memory and page tables of parent and child, bytes.
        public var anonymousCost: Int64 { parent.anonymousCost + (child?.anonymousCost ?? 0) }
    }
}
