import CLinux

/// What glibc keeps of a thread's specific values, pthread_setspecific(3): in `struct pthread`, whose address is
/// pthread_self(3).
///
/// The values of the first 32 keys lie in it, those of each further 32 in a block of its own, made by calloc(3) at the
/// first value that is not NULL. A table in the descriptor leads to the blocks. No header declares where; but its first
/// entry points to the first block, which lies right before the table: so glibc has had it since 2.0.
public enum ThreadDescriptor {
    /// PTHREAD_KEY_2NDLEVEL_SIZE: keys whose values lie in one block.
    public static let keysPerBlock: pthread_key_t = 32
    /// Bytes of a block: a sequence number and a value for each key.
    public static let blockBytes = 512

    /// How far into the descriptor the table is looked for; a descriptor is larger than that.
    private static let searchedBytes = 2048

    /// The block of the calling thread that holds the value of `key`; nil if there is none, or no such table.
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
