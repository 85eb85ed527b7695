import CLinux

/// What a copy is made from: the pool as it was when this value was made, under the pool's lock.
///
/// Reserve works on this value without the lock. It cannot change the pool, and what other threads change shows in one place
/// only, the page map. Each lookup there takes the lock.
///
/// A child, which has one thread, may make one for itself.
struct CopySource {
    /// The pool's size in bytes.
    let size: Int
    /// The pool's addresses.
    let addresses: AddressSpace
    /// How the file is mapped.
    let sharing: Pool.Sharing
    /// Bytes below the high-water mark.
    let highWaterMark: Int
    /// Where new pool files are created.
    let directory: PoolDirectory.Place
    /// The pool's file. The pool may close it meanwhile.
    let file: DescriptorReference
    /// The number of bytes that were handed out.
    let bytesInUse: Int
    /// Whether two files in the directory can share blocks; nil if no fork has tried yet.
    let canReflink: Bool?
    private let map: PageMap
    private let lock: Mutex?

    /// The address of the first byte.
    var base: UnsafeMutableRawPointer { addresses.base }

    /// The pool as it is now. The caller holds the pool's lock or is the only thread. `lock` is that lock if it is released
    /// before the copy is reserved or made, and nil otherwise.
    init(of pool: borrowing Pool, lock: Mutex?) {
        size = pool.size
        addresses = pool.addresses
        sharing = pool.sharing
        highWaterMark = pool.highWaterMark
        directory = pool.directory.place
        file = pool.file.reference
        bytesInUse = pool.bytesInUse
        canReflink = pool.canReflink
        map = pool.map
        self.lock = lock
    }

    /// Whether `address` lies in the pool.
    func contains(_ address: UnsafeRawPointer) -> Bool { addresses.contain(address, size: size) }

    /// The first range of whole reservation steps with bytes in use: see `PageMap.nextStepsInUse`. The answer is that of the
    /// moment of the call, so two calls may see two states. Takes the lock if there is one; never allocates.
    func nextStepsInUse(from offset: Int, gap: Int = 0) -> Range<Int>? {
        lock?.lock()
        defer { lock?.unlock() }
        return map.nextStepsInUse(from: offset, gap: gap)
    }
}

/// What copy engines need.
extension CopySource {
    /// Ranges closer than this are copied as one: many small calls cost more than the bytes between.
    private static let mergedGap = 1 << 20

    /// Calls `part` for the ranges in use until each is done; `part` returns how many bytes it did. Throws what `part` throws, and
    /// EIO if it returns 0.
    func forEachRange(
        _ part: (_ offset: Int, _ length: Int) throws(SystemError) -> Int
    ) throws(SystemError) {
        var offset = 0
        while let range = nextStepsInUse(from: offset, gap: Self.mergedGap) {
            offset = range.lowerBound
            while offset < range.upperBound {
                let done = try part(offset, range.upperBound &- offset)
                guard done > 0 else { throw SystemError(EIO) }
                offset &+= done
            }
        }
    }

    /// Throws ENOSPC unless the file system of `copy` has as much free space as the pool had bytes in use.
    func checkRoom(beside copy: borrowing PoolFile) throws(SystemError) {
        guard try copy.freeBytes() >= bytesInUse else { throw SystemError(ENOSPC) }
    }

    /// Makes sure that the bytes in use fit into `copy`, and reserves their blocks if that takes no writing. Throws ENOSPC or
    /// EDQUOT if they do not fit.
    func reserveBlocks(in copy: borrowing PoolFile) throws(SystemError) {
        try checkRoom(beside: copy)
        // On tmpfs fallocate would write each page, and the copy writes them all again.
        guard !copy.isTmpfs else { return }
        let fd = try copy.descriptor()
        do throws(SystemError) {
            try forEachRange { (offset, length) throws(SystemError) in
                try copy.allocate(fd, offset: offset, length: length)
                return length
            }
        } catch {
            // Without fallocate it is the copy that meets a full file system, as an error.
            guard error.code == EOPNOTSUPP else { throw error }
        }
    }
}
