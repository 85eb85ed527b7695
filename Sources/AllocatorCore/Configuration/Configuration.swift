import CLinux

/// The library's settings, read from the environment once, at start.
///
/// Source: libvmmalloc(7), ENVIRONMENT. Our additions are the suffixes of sizes and the rejection of invalid values.
public struct Configuration {
    /// VMMALLOC_MIN_POOL of libvmmalloc.h, in bytes.
    public static let minimumPoolSize = 14 << 20

    /// The largest pool that the page map can count, in bytes: 8 TiB.
    public static let maximumPoolSize = 8 << 40

    /// VMMALLOC_POOL_DIR: where the pool file is created. Points into the environment.
    public let poolDirectory: UnsafePointer<CChar>

    /// VMMALLOC_POOL_SIZE in bytes, a multiple of the page size.
    public let poolSize: Int

    /// VMMALLOC_FORK.
    public let forkMode: ForkMode

    /// VMMALLOC_POOL_RESERVE.
    public let reservation: ReservationPolicy

    /// VMMALLOC_FORK_COPY, VMMALLOC_FORK_SPACE and VMMALLOC_FORK_COPIER.
    public let copyPolicy: CopyPolicy

    /// VMMALLOC_FOLD.
    public let folding: Folding

    /// VMMALLOC_FORK_LOG: the file that gets a line per fork, or nil. Points into the environment.
    public let forkLog: UnsafePointer<CChar>?

    /// Reads and checks all variables. Throws the first one that is missing or wrong, as the line to print.
    public static func read(from environment: Environment) throws(ConfigurationError) -> Configuration {
        let directory = try environment.required("VMMALLOC_POOL_DIR")
        guard directory[0] != 0 else {
            throw .incorrect("VMMALLOC_POOL_DIR", directory, "name a directory that exists and is writable")
        }
        let size = try environment.required("VMMALLOC_POOL_SIZE")
        let poolSize = try poolSize(size)
        let mode = try environment.choice(
            "VMMALLOC_FORK", default: .privateRemap, "use 0, 1, 2 or 3", ForkMode.init(digit:))
        let copier = try environment.choice(
            "VMMALLOC_FORK_COPIER", default: .parent, "use parent or child", Copier.init(name:))
        return Configuration(
            poolDirectory: directory,
            poolSize: poolSize,
            forkMode: mode,
            reservation: try environment.choice(
                "VMMALLOC_POOL_RESERVE", default: .automatic, "use eager, lazy, none or auto",
                ReservationPolicy.init(name:)),
            copyPolicy: CopyPolicy(
                forced: try environment.choice(
                    "VMMALLOC_FORK_COPY", default: nil,
                    "use reflink, copy_file_range, pmem, memory or classic", { CopyMethod(name: $0) }),
                isStrict: try environment.choice(
                    "VMMALLOC_FORK_SPACE", default: false, "use overcommit or strict",
                    CopyPolicy.isStrict(name:)),
                copier: copier),
            folding: try environment.choice(
                "VMMALLOC_FOLD", default: mode.copies && copier == .child ? .automatic : .off,
                "use off or auto", Folding.init(name:)),
            forkLog: environment.value(of: "VMMALLOC_FORK_LOG"))
    }

    private static func poolSize(_ text: UnsafePointer<CChar>) throws(ConfigurationError) -> Int {
        let size: Int
        do throws(ByteSize.ParseError) {
            size = try ByteSize.parse(text)
        } catch {
            switch error {
            case .notANumber:
                throw .incorrect(
                    "VMMALLOC_POOL_SIZE", text,
                    "use a whole number of bytes, or one with K, M, G or T behind it")
            case .tooLarge: size = .max
            }
        }
        guard size >= minimumPoolSize else { throw .poolTooSmall(size) }
        guard size <= maximumPoolSize else {
            throw .incorrect("VMMALLOC_POOL_SIZE", text, "the largest pool is 8T")
        }
        return size & ~(Linux.pageSize &- 1)
    }
}

/// When the pool's space in the file system is reserved (VMMALLOC_POOL_RESERVE).
public enum ReservationPolicy: Sendable {
    /// All of it at start.
    case eager
    /// In steps, as extents are handed out.
    case lazy
    /// Never ahead: a page has its block once it is written. If the file system is full by then, that is SIGBUS.
    case asWritten
    /// Eager if fallocate(2) writes no data. Lazy on tmpfs, where it would zero the whole pool, and on file systems without it. On a
    /// tmpfs that cannot be full before memory is, large extents have their blocks as they are written.
    case automatic

    init?(name: UnsafePointer<CChar>) {
        if ("eager" as StaticString).equals(name) {
            self = .eager
        } else if ("lazy" as StaticString).equals(name) {
            self = .lazy
        } else if ("none" as StaticString).equals(name) {
            self = .asWritten
        } else if ("auto" as StaticString).equals(name) {
            self = .automatic
        } else {
            return nil
        }
    }
}

/// Whether what a fork has made private returns to the pool file (VMMALLOC_FOLD).
public enum Folding: Sendable {
    /// Never. Mode 1 is for good.
    case off
    /// When no child needs the file any more, as far as nobody can write to it meanwhile.
    case automatic

    init?(name: UnsafePointer<CChar>) {
        if ("off" as StaticString).equals(name) {
            self = .off
        } else if ("auto" as StaticString).equals(name) {
            self = .automatic
        } else {
            return nil
        }
    }
}
