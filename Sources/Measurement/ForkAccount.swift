import CProcess

/// The preload library's account of one fork: vmmalloc_fork_report(), or a line of its log.
///
/// Plain data, so it may be in memory that parent and child share.
public struct ForkAccount: Codable, Equatable, Sendable {
    /// What the fork did to the heap.
    public enum Action: String, Codable, CaseIterable, Sendable {
        /// Nothing was done: mode 0, or a pool that was private already.
        case none
        /// The pool was remapped MAP_PRIVATE.
        case remap
        /// The child's pool file is a reflink.
        case reflink
        /// The child's pool file was made by copy_file_range(2).
        case copyFileRange = "copy_file_range"
        /// The child's pool file was made by non-temporal stores to persistent memory.
        case pmem
        /// The child's pool file was written from the mapping.
        case memory
        /// The fork was refused, or its child exited for lack of a heap.
        case refused
        /// The child's pool file was written whole, in use or not: only if the user asks for it, for comparison.
        case classic
        /// The child copies; its own account says what came of that.
        case deferred

        /// Whether the child got its own file.
        public var isCopy: Bool { [.reflink, .copyFileRange, .pmem, .memory, .classic].contains(self) }
    }

    /// Which side of a fork copies the heap, in the modes that copy: VMMALLOC_FORK_COPIER.
    public enum Copier: String, Codable, CaseIterable, Sendable {
        /// The parent, before it forks.
        case parent
        /// The child, before its fork() returns.
        case child
    }

    /// The library's mode.
    public var mode: ForkMode
    /// Who copied, or was to; `parent` where nobody did.
    public var copier: Copier
    /// The action that was taken.
    public var action: Action
    /// The error number of a failed copy, if the fork was refused or fell back; 0 otherwise.
    public var error: Int32
    /// Bytes in use when the fork began.
    public var bytesLive: UInt64
    /// Bytes that the copy wrote or moved.
    public var bytesCopied: UInt64
    /// Bytes that the files of parent and child share.
    public var bytesShared: UInt64
    /// Nanoseconds of the reserve phase, before any lock.
    public var reserveNs: UInt64
    /// Nanoseconds of the prepare phase, with all locks of the allocator held.
    public var prepareNs: UInt64
    /// Nanoseconds from there to the handler after the fork: in the kernel, and waiting for a processor.
    public var forkNs: UInt64
    /// Nanoseconds of the handler after the fork, without those of the child's copy.
    public var resumeNs: UInt64
    /// Nanoseconds of the child's copy, in the account of a child that copied, or tried to; 0 otherwise.
    public var copyNs: UInt64

    /// Memberwise initializer.
    public init(
        mode: ForkMode, copier: Copier = .parent, action: Action, error: Int32 = 0, bytesLive: UInt64 = 0,
        bytesCopied: UInt64 = 0, bytesShared: UInt64 = 0, reserveNs: UInt64 = 0, prepareNs: UInt64 = 0,
        forkNs: UInt64 = 0, resumeNs: UInt64 = 0, copyNs: UInt64 = 0
    ) {
        self.mode = mode
        self.copier = copier
        self.action = action
        self.error = error
        self.bytesLive = bytesLive
        self.bytesCopied = bytesCopied
        self.bytesShared = bytesShared
        self.reserveNs = reserveNs
        self.prepareNs = prepareNs
        self.forkNs = forkNs
        self.resumeNs = resumeNs
        self.copyNs = copyNs
    }

    /// Decodes an account; one of an older version has no copier and no time of a child's copy. Throws `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        mode = try fields.decode(ForkMode.self, forKey: .mode)
        copier = try fields.decodeIfPresent(Copier.self, forKey: .copier) ?? .parent
        action = try fields.decode(Action.self, forKey: .action)
        error = try fields.decode(Int32.self, forKey: .error)
        bytesLive = try fields.decode(UInt64.self, forKey: .bytesLive)
        bytesCopied = try fields.decode(UInt64.self, forKey: .bytesCopied)
        bytesShared = try fields.decode(UInt64.self, forKey: .bytesShared)
        reserveNs = try fields.decode(UInt64.self, forKey: .reserveNs)
        prepareNs = try fields.decode(UInt64.self, forKey: .prepareNs)
        forkNs = try fields.decode(UInt64.self, forKey: .forkNs)
        resumeNs = try fields.decode(UInt64.self, forKey: .resumeNs)
        copyNs = try fields.decodeIfPresent(UInt64.self, forKey: .copyNs) ?? 0
    }

    /// Whether a library that gives accounts is loaded into this process.
    public static var isAvailable: Bool { cp_has_fork_report() }

    /// The account of this process's last fork, or, in a child that has not forked, of the fork that made it. nil if no library
    /// gives one, or gives one that cannot be understood. Allocates nothing if there is a library.
    public static func ofLastFork() -> ForkAccount? {
        var report = vmmalloc_fork_report()
        report.version = UInt32(VMMALLOC_FORK_REPORT_VERSION)
        guard cp_fork_report(&report) == 0, let mode = ForkMode(rawValue: Int(report.mode)),
            let action = Action(number: report.action)
        else { return nil }
        return ForkAccount(
            mode: mode, copier: Copier(number: report.copier), action: action, error: report.error,
            bytesLive: report.bytes_live, bytesCopied: report.bytes_copied, bytesShared: report.bytes_shared,
            reserveNs: report.reserve_ns, prepareNs: report.prepare_ns, forkNs: report.fork_ns,
            resumeNs: report.resume_ns, copyNs: report.copy_ns)
    }
}

extension ForkAccount.Copier {
    /// The side with that number in libvmmalloc.h.
    init(number: UInt32) {
        self = vmmalloc_fork_copier(rawValue: number) == VMMALLOC_FORK_COPIER_CHILD ? .child : .parent
    }
}

extension ForkAccount.Action {
    /// The action with that number in libvmmalloc.h; nil for one that this program does not know.
    init?(number: UInt32) {
        switch vmmalloc_fork_action(rawValue: number) {
        case VMMALLOC_FORK_ACTION_NONE: self = .none
        case VMMALLOC_FORK_ACTION_REMAP: self = .remap
        case VMMALLOC_FORK_ACTION_REFLINK: self = .reflink
        case VMMALLOC_FORK_ACTION_COPY_FILE_RANGE: self = .copyFileRange
        case VMMALLOC_FORK_ACTION_PMEM: self = .pmem
        case VMMALLOC_FORK_ACTION_MEMORY: self = .memory
        case VMMALLOC_FORK_ACTION_REFUSED: self = .refused
        case VMMALLOC_FORK_ACTION_CLASSIC: self = .classic
        case VMMALLOC_FORK_ACTION_DEFERRED: self = .deferred
        default: return nil
        }
    }
}

extension ForkAccount {
    /// How this account contradicts who was to copy; nil if it does not.
    public func contradiction(to asked: Copier) -> String? {
        copier == asked
            ? nil : "says that the \(copier.rawValue) copied, which was up to the \(asked.rawValue)"
    }

    /// How this account contradicts the mode that was asked for, the effect seen in the mappings after the
    /// fork, or the engine that was forced (nil: none). nil if it does not.
    public func contradiction(to asked: ForkMode, effect: ForkEffect, forced: Action?) -> String? {
        if mode != asked { return "says mode \(mode.rawValue) where \(asked.rawValue) was asked for" }
        guard agrees(with: effect) else { return "says \(action.rawValue) where \(effect.rawValue) was seen" }
        if copier == .child, action == .remap, error == 0 {
            return "says that it stayed private, but no error"
        }
        if let forced, action.isCopy, action != forced {
            return "says \(action.rawValue) where \(forced.rawValue) was forced"
        }
        if asked == .copyOrRemap, action == .remap, error == 0 {
            return "says that it fell back to remap, but no error"
        }
        if action.isCopy, bytesCopied &+ bytesShared < bytesLive {
            return
                "says that \(bytesCopied) bytes were copied and \(bytesShared) shared of \(bytesLive) in use"
        }
        return nil
    }

    private func agrees(with effect: ForkEffect) -> Bool {
        switch effect {
        case .poolShared: action == .none
        // "none" is a later fork of a parent whose pool is already private.
        // A child that could not copy stays private.
        case .poolRemapped: action == .remap || action == .none || action == .deferred
        // A parent that says "deferred" leaves it to its child to say which.
        case .poolCopied: action.isCopy || action == .deferred
        case .anonymous, .unexpected: false
        }
    }
}

/// The timed steps of a fork in an account. The raw value is the name in scenarios and reports.
public enum ForkStep: String, Codable, CaseIterable, Sendable {
    /// Before any lock, in the parent.
    case reserve
    /// With all locks of the allocator held, in the parent.
    case prepare
    /// From there to the parent's handler: the fork in the kernel.
    case kernelFork = "kernel_fork"
    /// The parent's handler.
    case resumeParent = "resume_parent"
    /// The child's handler.
    case resumeChild = "resume_child"
    /// The copy that the child makes, or tries to, before its fork() returns.
    case childCopy = "child_copy"

    /// The step's nanoseconds; nil if the side that knows it gave no account.
    public func nanoseconds(parent: ForkAccount?, child: ForkAccount?) -> UInt64? {
        switch self {
        case .reserve: parent?.reserveNs
        case .prepare: parent?.prepareNs
        case .kernelFork: parent?.forkNs
        case .resumeParent: parent?.resumeNs
        case .resumeChild: child?.resumeNs
        case .childCopy: child.flatMap { $0.copier == .child ? $0.copyNs : nil }
        }
    }
}
