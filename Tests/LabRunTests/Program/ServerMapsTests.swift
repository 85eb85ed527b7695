import Testing

@testable import LabRun
@testable import Measurement

@Suite struct ServerMapsTests {
    private let maps = ServerMaps(poolDirectory: "/pool", poolSize: 0x4000_0000)
    private let parent = """
        100000000-100a00000 rw-p 00000000 00:1a 7 /pool/#7 (deleted)
        100a00000-100b00000 rw-p 00000000 00:00 0
        100b00000-140000000 rw-p 00b00000 00:1a 7 /pool/#7 (deleted)
        """

    private func effect(_ parent: String, _ child: String) -> ForkEffect {
        maps.effect(server: MemoryMapping.parse(parent), child: MemoryMapping.parse(child))
    }

    @Test func aForkIsKnownByTheFilesOfParentAndChild() {
        #expect(effect(parent, parent) == .poolRemapped)
        let shared = "100000000-140000000 rw-s 00000000 00:1a 7 /pool/#7 (deleted)"
        #expect(effect(shared, shared) == .poolShared)
        #expect(effect(shared, "100000000-140000000 rw-s 00000000 00:1a 8 /pool/#8 (deleted)") == .poolCopied)
    }

    /// Either side may get anonymous memory at the very address where the other's longest mapping begins.
    @Test func extentsThatAChildGotSinceDoNotHideItsPool() {
        let child = """
            100000000-100a00000 rw-p 00000000 00:1a 7 /pool/#7 (deleted)
            100a00000-100d00000 rw-p 00000000 00:00 0
            100d00000-140000000 rw-p 00d00000 00:1a 7 /pool/#7 (deleted)
            """
        #expect(effect(parent, child) == .poolRemapped)
    }

    @Test func aChildWithoutAPoolIsUnexpected() {
        #expect(effect(parent, "100000000-140000000 rw-p 00000000 00:00 0") == .unexpected)
        #expect(effect(parent, "500000000-540000000 rw-s 00000000 00:1a 8 /pool/#8 (deleted)") == .unexpected)
    }
}
