/// How the child's pool file is made (VMMALLOC_FORK_COPY).
public enum CopyMethod: Sendable {
    /// FICLONE.
    case reflink
    /// copy_file_range(2) of the ranges in use.
    case copyFileRange
    /// libpmem's non-temporal stores, on DAX.
    case pmem
    /// pwrite(2) of the ranges in use.
    case memory
    /// Stores to a mapping of the child's file, when no descriptor is free. Cannot be asked for by name.
    case mapped
    /// pwrite(2) of the whole pool into reserved space: the straightforward way, kept for comparison.
    case classic

    /// Whether it reads the pool's memory rather than its file.
    var readsMemory: Bool { self != .reflink && self != .copyFileRange }

    init?(name: UnsafePointer<CChar>) {
        if ("reflink" as StaticString).equals(name) {
            self = .reflink
        } else if ("copy_file_range" as StaticString).equals(name) {
            self = .copyFileRange
        } else if ("pmem" as StaticString).equals(name) {
            self = .pmem
        } else if ("memory" as StaticString).equals(name) {
            self = .memory
        } else if ("classic" as StaticString).equals(name) {
            self = .classic
        } else {
            return nil
        }
    }
}

/// Which side of a fork makes the child's copy (VMMALLOC_FORK_COPIER).
public enum Copier: UInt32, Sendable {
    /// The parent, before it forks: `PoolCopy`.
    case parent = 0
    /// The child, before its fork() returns: `DeferredCopy`.
    case child = 1

    init?(name: UnsafePointer<CChar>) {
        if ("parent" as StaticString).equals(name) {
            self = .parent
        } else if ("child" as StaticString).equals(name) {
            self = .child
        } else {
            return nil
        }
    }

    /// The name in logs and VMMALLOC_FORK_COPIER.
    public var name: StaticString { self == .parent ? "parent" : "child" }
}

/// What the user wants from a copy.
public struct CopyPolicy: Sendable {
    /// The only method to use; nil for the best one that works.
    public var forced: CopyMethod?
    /// Whether no later write by parent or child may meet a full file system (VMMALLOC_FORK_SPACE=strict). Otherwise
    /// a reflink promises the same blocks to both.
    public var isStrict: Bool
    /// Who makes it.
    public var copier: Copier

    /// The default policy: the best method, overcommitted, by the parent.
    public init(forced: CopyMethod? = nil, isStrict: Bool = false, copier: Copier = .parent) {
        self.forced = forced
        self.isStrict = isStrict
        self.copier = copier
    }

    /// Whether the policy allows a copy from memory.
    var mayWriteMemory: Bool { forced == nil || forced == .memory }

    static func isStrict(name: UnsafePointer<CChar>) -> Bool? {
        if ("strict" as StaticString).equals(name) { return true }
        return ("overcommit" as StaticString).equals(name) ? false : nil
    }
}
