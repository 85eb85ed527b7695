/// The value of VMMALLOC_FORK: what the library is asked to do with the heap at fork(2).
public enum ForkMode: Int, Codable, CaseIterable, Sendable {
    /// 0: nothing; parent and child share one heap and destroy it.
    case disabled = 0
    /// 1: remap the pool with MAP_PRIVATE: copy-on-write in RAM.
    case privateRemap = 1
    /// 2: give the child a copy of the pool file.
    case poolCopy = 2
    /// 3: like 2, or like 1 if a copy is not possible.
    case copyOrRemap = 3

    /// Whether its forks give children copies of the heap.
    public var copies: Bool { self == .poolCopy || self == .copyOrRemap }

    /// Whether `effect` is what this mode promises if `copier` copies: a child that cannot make its copy stays private.
    public func admits(_ effect: ForkEffect, copier: ForkAccount.Copier = .parent) -> Bool {
        switch self {
        case .disabled: effect == .poolShared
        case .privateRemap: effect == .poolRemapped
        case .poolCopy: effect == .poolCopied || copier == .child && effect == .poolRemapped
        case .copyOrRemap: effect == .poolCopied || effect == .poolRemapped
        }
    }
}

/// What a fork did to a heap, read from the mappings of parent and child after it.
public enum ForkEffect: String, Codable, CaseIterable, Sendable {
    /// Both have shared mappings of one file: nothing was done.
    case poolShared = "pool_shared"
    /// Both have private mappings of one file.
    case poolRemapped = "pool_remapped"
    /// The child has a shared mapping of its own file.
    case poolCopied = "pool_copied"
    /// An ordinary heap, copied on write by the kernel.
    case anonymous
    /// Anything else: no mode of the library leads to it.
    case unexpected

    /// Derives the effect from the placement of one heap address in parent and child, after the fork.
    public init(parent: HeapPlacement, child: HeapPlacement) {
        let sameFile = parent.isSameFile(as: child)
        self =
            switch (parent.kind, child.kind) {
            case (.anonymous, .anonymous): .anonymous
            case (.private, .private) where sameFile: .poolRemapped
            case (.shared, .shared): sameFile ? .poolShared : .poolCopied
            // A parent whose child copies is private until it is folded.
            case (.private, .shared) where !sameFile: .poolCopied
            default: .unexpected
            }
    }
}
