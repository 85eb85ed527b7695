import CLinux

/// Where glibc keeps a thread's specific values, pthread_setspecific(3): in `struct pthread`, whose address is
/// pthread_self(3).
///
/// The values of the first 32 keys lie in the structure itself. Each further 32 lie in a block from calloc(3), which glibc
/// makes for the first value that is not NULL. A table in the structure points to the blocks. No header declares its
/// offset, but its first entry points to the first block, which lies right before the table; glibc has had it so since
/// 2.0.
public enum ThreadDescriptor {
    /// PTHREAD_KEY_2NDLEVEL_SIZE: how many keys have their values in one block.
    public static let keysPerBlock: pthread_key_t = 32
    /// The size of a block in bytes: a sequence number and a value per key.
    public static let blockBytes = 512

    /// How far into the structure to look for the table, in bytes. The structure is larger than that.
    private static let searchedBytes = 2048

    /// The calling thread's block with the value of `key`; nil if there is none, or if the table is not found.
    public static func specificBlock(of key: pthread_key_t) -> UnsafeMutableRawPointer? {
        guard key < PTHREAD_KEYS_MAX, let table = specificTable() else { return nil }
        return table[Int(key / keysPerBlock)]
    }

    private static func specificTable() -> UnsafeMutablePointer<UnsafeMutableRawPointer?>? {
        let descriptor = UInt(pthread_self())
        var offset = UInt(blockBytes)
        while offset < searchedBytes {
            let entry = UnsafeMutablePointer<UnsafeMutableRawPointer?>(bitPattern: descriptor &+ offset)
            if UInt(bitPattern: entry?.pointee) == descriptor &+ offset &- UInt(blockBytes) { return entry }
            offset &+= 8
        }
        return nil
    }
}
