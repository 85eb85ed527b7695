import CLinux

/// What the last fork(2) did to the heap, and what that cost.
///
/// Each phase has one name, in code, reports and docs: reserve, prepare, fork, resume.
public struct ForkReport: Sendable {
    /// What became of the child's heap.
    public enum Action: UInt32, Sendable {
        /// Nothing was done: mode 0, or the pool is private already.
        case none = 0
        /// The pool was remapped MAP_PRIVATE.
        case remap = 1
        /// The child's pool file is a reflink by FICLONE.
        case reflink = 2
        /// The child's pool file was made by copy_file_range(2), which reflinks on XFS and btrfs.
        case copyFileRange = 3
        /// The child's pool file was written by libpmem's non-temporal stores.
        case pmem = 4
        /// The child's pool file was written from the mapping.
        case memory = 5
        /// The fork was refused, or its child left.
        case refused = 6
        /// All of the child's pool file was written, in use or not: `ClassicCopy`.
        case classic = 7
        /// The pool was frozen, and the child copies: what came of that is in the child's report.
        case deferred = 8

        /// The name in reports, logs and VMMALLOC_FORK_COPY.
        public var name: StaticString {
            switch self {
            case .none: "none"
            case .remap: "remap"
            case .reflink: "reflink"
            case .copyFileRange: "copy_file_range"
            case .pmem: "pmem"
            case .memory: "memory"
            case .refused: "refused"
            case .classic: "classic"
            case .deferred: "deferred"
            }
        }
    }

    /// VMMALLOC_FORK.
    public var mode: ForkMode
    /// VMMALLOC_FORK_COPIER.
    public var copier = Copier.parent
    /// The process that forked, if the child copies; 0 otherwise.
    public var forker: pid_t = 0
    /// The number of the fork in this process, from 1; 0 if there was none yet.
    public var number: UInt64 = 0
    /// What was done.
    public var action = Action.none
    /// The errno value of the copy that failed, if the fork was refused or fell back, or the child stayed private; 0 otherwise.
    public var error: CInt = 0
    /// Bytes in use when the fork began.
    public var bytesLive: UInt64 = 0
    /// Bytes written or moved by the copy.
    public var bytesCopied: UInt64 = 0
    /// Bytes that parent's and child's files share after a reflink.
    public var bytesShared: UInt64 = 0
    /// Bytes of the pool that waited to be folded when the fork began: earlier forks have made them private.
    public var bytesToFold: UInt64 = 0
    /// Why they were not folded at the last attempt; nil if nothing was in the way, or if there was none.
    public var foldObstacle: FoldObstacle?
    /// How long each phase took, in nanoseconds; 0 if it did not take place.
    public var phases = Phases()

    /// How long each phase took, in nanoseconds.
    public struct Phases: Sendable {
        /// Before the allocator's locks are taken.
        public var reserve: UInt64 = 0
        /// In the prepare handler: all locks of the allocator are held.
        public var prepare: UInt64 = 0
        /// From the end of prepare to the parent's, or the child's, handler.
        public var fork: UInt64 = 0
        /// In that handler, but for the copy.
        public var resume: UInt64 = 0
        /// Of the child's copy, where the child makes it.
        public var copy: UInt64 = 0
    }

    /// The report of a fork in `mode` that has not begun.
    public init(mode: ForkMode) { self.mode = mode }
}
