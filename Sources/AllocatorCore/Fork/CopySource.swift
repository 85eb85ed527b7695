import CLinux

/// What a copy is made of: the pool as it was when this was made, under the pool's lock.
///
/// A value, so reserve can work on it without the lock: the pool cannot be changed through it, and what other threads
/// change shows in one place only, the page map. That is looked at under the lock, range by range.
///
/// A child, which is alone, may make one for itself.
struct CopySource {
    /// The pool's size in bytes.
    let size: Int
    /// The pool's addresses.
    let addresses: AddressSpace
    /// How the file is mapped.
    let sharing: Pool.Sharing
    /// Bytes up to the high-water mark.
    let highWaterMark: Int
    /// Where new pool files are created.
    let directory: PoolDirectory.Place
    /// The pool's file, which the pool may close meanwhile.
    let file: DescriptorReference
    /// The bytes that were handed out.
    let bytesInUse: Int
    /// Whether two files here can share blocks; nil as long as nobody has tried.
    let canReflink: Bool?
    private let map: PageMap
    private let lock: Mutex?

    /// The address of the first byte.
    var base: UnsafeMutableRawPointer { addresses.base }

    /// What `pool` is now. `lock` is the pool's if it is not held while the copy is reserved or made; nil where the caller
    /// holds it until then, or is the only thread.
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

    /// The first range of whole reservation steps with bytes in use: see `PageMap.nextStepsInUse`. In use at the moment of
    /// the call; with other threads about, two calls may speak of two moments.
    func nextStepsInUse(from offset: Int, gap: Int = 0) -> Range<Int>? {
        lock?.lock()
        defer { lock?.unlock() }
        return map.nextStepsInUse(from: offset, gap: gap)
    }
}

/// What engines do with it.
extension CopySource {
    /// Ranges closer than this are copied as one: many small calls cost more than the bytes between.
    private static let mergedGap = 1 << 20

    /// Calls `part` for the ranges in use until each is done; `part` returns the bytes that it managed. Throws what `part`
    /// throws, and EIO where it manages none.
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

    /// Makes sure that the bytes in use fit into `copy`, and takes their blocks where that costs no write. Throws ENOSPC or
    /// EDQUOT where they do not fit.
    func reserveBlocks(in copy: borrowing PoolFile) throws(SystemError) {
        try checkRoom(beside: copy)
        // On tmpfs fallocate writes each page that the copy is to write.
        guard !copy.isTmpfs else { return }
        let fd = try copy.descriptor()
        do throws(SystemError) {
            try forEachRange { (offset, length) throws(SystemError) in
                try copy.allocate(fd, offset: offset, length: length)
                return length
            }
        } catch {
            // Without fallocate the copy itself meets a full file system, as an error.
            guard error.code == EOPNOTSUPP else { throw error }
        }
    }
}
