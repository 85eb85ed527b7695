/// Why the private pages of a pool cannot be folded back now.
public enum FoldObstacle: UInt32, Sendable {
    /// A child needs the file.
    case children = 1
    /// Other threads run, which may write a page while it is copied, and cannot be made to wait.
    case threads = 2
    /// The kernel may write to the heap at any time: an O_DIRECT, io_uring or aio descriptor is open, or a device.
    case asynchronousWrites = 3
    /// Memory of the heap is locked.
    case locks = 4
    /// The file system has no room.
    case noRoom = 5
    /// Something that a fold needs is missing: a descriptor that the program has closed, /proc, addresses.
    case means = 6
    /// The pool is private for good.
    case mode = 7

    /// The name in logs and statistics.
    public var name: StaticString {
        switch self {
        case .children: "children"
        case .threads: "threads"
        case .asynchronousWrites: "asynchronous_writes"
        case .locks: "locks"
        case .noRoom: "no_room"
        case .means: "means"
        case .mode: "mode"
        }
    }

    /// Whether it is only in the way of pages that somebody may write to, but not of memory that is free.
    var sparesFreeMemory: Bool { self == .threads || self == .asynchronousWrites }
}
