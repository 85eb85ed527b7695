import Glibc
import Testing

@testable import Measurement

@Suite("Where a heap lies, and what fork did to it") struct HeapPlacementTests {
    private static let maps = """
        55d0c8a6c000-55d0c8a8d000 rw-p 00000000 00:00 0                          [heap]
        7f0000000000-7f0010000000 rw-s 00000000 00:1b 77                         /dev/shm/#77 (deleted)
        7f0010000000-7f0011000000 rw-p 00001000 fd:01 88                         /a b/#88 (deleted)
        7f0011000000-7f0011001000 rw-s 00000000 00:01 99                         /dev/zero (deleted)
        """

    private func placement(_ address: UInt) -> HeapPlacement? {
        HeapPlacement(of: address, in: MemoryMapping.parse(Self.maps))
    }

    @Test("An address belongs to the mapping that contains it, excluding its end")
    func lookup() {
        #expect(placement(0x7f00_0000_0000)?.inode == 77)
        #expect(placement(0x7f00_0fff_ffff)?.inode == 77)
        #expect(placement(0x7f00_1000_0000)?.inode == 88)
        #expect(placement(0x55d0_c8a8_d000) == nil)
        #expect(placement(0) == nil)
        #expect(placement(.max) == nil)
    }

    @Test("Flag, device, inode and path are those of the line")
    func fields() throws {
        let shared = try #require(placement(0x7f00_0000_1000))
        #expect(shared.kind == .shared && shared.device == "00:1b")
        let remapped = try #require(placement(0x7f00_1000_1000))
        #expect(remapped.kind == .private && remapped.path == "/a b/#88 (deleted)")
        #expect(placement(0x55d0_c8a6_c000)?.kind == .anonymous)
    }

    @Test("Only an unlinked file in the pool's directory is a pool")
    func pool() throws {
        let heap = try #require(placement(0x7f00_0000_0000))
        #expect(heap.isPool(in: "/dev/shm"))
        #expect(heap.isPool(in: "/dev/shm/"))
        #expect(!heap.isPool(in: "/dev/sh"))
        #expect(!heap.isPool(in: "/tmp"))
        let ordinary = try #require(placement(0x55d0_c8a6_c000))
        #expect(!ordinary.isPool(in: "/"))
        var named = heap
        named.path = "/dev/shm/file"
        #expect(!named.isPool(in: "/dev/shm"))
    }

    private func place(_ kind: HeapPlacement.Kind, inode: UInt64) throws -> HeapPlacement {
        var placement = try #require(self.placement(0x7f00_0000_0000))
        placement.kind = kind
        placement.inode = inode
        return placement
    }

    @Test(
        "The effect of a fork follows from the mappings of parent and child",
        arguments: [
            (
                HeapPlacement.Kind.anonymous, UInt64(0), HeapPlacement.Kind.anonymous, UInt64(0),
                ForkEffect.anonymous
            ),
            (.shared, 1, .shared, 1, .poolShared), (.shared, 1, .shared, 2, .poolCopied),
            (.private, 1, .private, 1, .poolRemapped), (.private, 1, .shared, 2, .poolCopied),
            (.private, 1, .shared, 1, .unexpected), (.shared, 1, .private, 1, .unexpected),
            (.private, 1, .private, 2, .unexpected), (.shared, 1, .anonymous, 0, .unexpected),
        ])
    func effects(
        parent: HeapPlacement.Kind, parentInode: UInt64, child: HeapPlacement.Kind, childInode: UInt64,
        effect: ForkEffect
    ) throws {
        let parent = try place(parent, inode: parentInode)
        let child = try place(child, inode: childInode)
        #expect(ForkEffect(parent: parent, child: child) == effect)
    }

    @Test("Each mode admits what it promises; an ordinary heap passes for none")
    func modes() {
        #expect(ForkMode.disabled.admits(.poolShared) && !ForkMode.disabled.admits(.poolCopied))
        #expect(ForkMode.privateRemap.admits(.poolRemapped) && !ForkMode.privateRemap.admits(.poolShared))
        #expect(ForkMode.poolCopy.admits(.poolCopied) && !ForkMode.poolCopy.admits(.poolRemapped))
        #expect(ForkMode.copyOrRemap.admits(.poolCopied) && ForkMode.copyOrRemap.admits(.poolRemapped))
        // A child that cannot copy stays private.
        #expect(ForkMode.poolCopy.admits(.poolRemapped, copier: .child))
        #expect(!ForkMode.poolCopy.admits(.poolShared, copier: .child))
        for mode in ForkMode.allCases {
            for copier in ForkAccount.Copier.allCases {
                #expect(!mode.admits(.anonymous, copier: copier) && !mode.admits(.unexpected, copier: copier))
            }
        }
    }

    @Test("The memory of this process: a stack variable is anonymous")
    func real() throws {
        var variable = 0
        let placement = try withUnsafePointer(to: &variable) { try HeapPlacement(of: UnsafeRawPointer($0)) }
        #expect(placement?.kind == .anonymous)
    }
}
