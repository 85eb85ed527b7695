import CLinux

@testable import AllocatorCore

/// A pool in /tmp or another directory, unmapped with its owner.
final class OwnedPool {
    var pool: Pool

    init(
        size: Int = 16 << 20, reservation: ReservationPolicy = .lazy, in directory: StaticString = "/tmp"
    ) throws {
        pool = try Pool.create(size: size, in: directory.cString, reservation: reservation)
    }

    func allocate(
        _ length: Int, alignment: Int = 4096, at fixed: UnsafeMutableRawPointer? = nil
    ) -> Pool.Run? {
        pool.allocate(length, alignment: alignment, at: fixed)
    }

    deinit {
        try? Linux.unmap(pool.base, length: pool.size)
    }
}
