import Testing

@testable import Measurement

@Suite("The mount table") struct MountTableTests {
    private static let text = """
        22 28 0:20 / /proc rw,nosuid shared:5 - proc proc rw
        28 1 253:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
        30 28 0:25 / /dev/shm rw,nosuid - tmpfs tmpfs rw,size=64k
        31 28 7:0 / /mnt/with\\040blank rw shared:9 master:2 - xfs /dev/loop0 rw,attr2
        32 28 7:1 / /mnt/with\\040blank rw - btrfs /dev/loop1 rw
        """

    private func containing(_ path: String) -> Mount? {
        Mount.containing(path, in: Mount.parse(Self.text))
    }

    @Test("The longest mount point wins, on whole components")
    func longest() {
        #expect(containing("/dev/shm/x")?.type == "tmpfs")
        #expect(containing("/dev/shm")?.type == "tmpfs")
        #expect(containing("/dev/shmx")?.type == "ext4")
        #expect(containing("/home")?.type == "ext4")
    }

    @Test("If several are mounted at one point the last covers the others; blanks are unescaped")
    func stacked() {
        #expect(containing("/mnt/with blank/x")?.type == "btrfs")
        #expect(containing("/mnt/with blank/x")?.source == "/dev/loop1")
    }

    @Test("Options of mount and file system are combined, without duplicates")
    func options() {
        #expect(containing("/home")?.options == "rw,relatime,errors=remount-ro")
    }
}
