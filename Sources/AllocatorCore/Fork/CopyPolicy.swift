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

/// What the user wants from a copy.
public struct CopyPolicy: Sendable {
    /// The only method to use; nil for the best one that works.
    public var forced: CopyMethod?
    /// Whether no later write by parent or child may meet a full file system (VMMALLOC_FORK_SPACE=strict). Otherwise
    /// a reflink promises the same blocks to both.
    public var isStrict: Bool

    /// By default the best method, overcommitted.
    public init(forced: CopyMethod? = nil, isStrict: Bool = false) {
        self.forced = forced
        self.isStrict = isStrict
    }

    /// Whether the policy allows a copy from memory.
    var mayWriteMemory: Bool { forced == nil || forced == .memory }

    static func isStrict(name: UnsafePointer<CChar>) -> Bool? {
        if ("strict" as StaticString).equals(name) { return true }
        return ("overcommit" as StaticString).equals(name) ? false : nil
    }
}
