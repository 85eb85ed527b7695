import Foundation
import Glibc
import Testing

/// Core files of real crashes contain the heap, and little else.
@Suite struct CoreDumpTests {
    /// Why a crash would not leave a core file in the working directory; nil if it does.
    private static let obstacle: String? = {
        let settings = "/proc/sys/kernel"
        let pattern = (try? String(contentsOfFile: "\(settings)/core_pattern", encoding: .utf8)) ?? ""
        let usesNumber = (try? String(contentsOfFile: "\(settings)/core_uses_pid", encoding: .utf8)) ?? ""
        guard pattern == "core\n", usesNumber == "0\n" else {
            return "needs kernel.core_pattern to be \"core\" and core_uses_pid 0, not "
                + "\(pattern.trimmingCharacters(in: .newlines)) and \(usesNumber.trimmingCharacters(in: .newlines))"
        }
        var limit = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0
        return isKnown && limit.rlim_max > 1 << 32 ? nil : "needs a hard limit of core files above 4 GiB"
    }()

    private static let parents = ["parent", "parent-after", "file", "shrunk", "shrunk-after", "gaps"]
    private static let children = ["child", "child-after", "second-child", "grandchild"]

    @Test(
        .enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")),
        arguments: PoolSite.all, [0, 1, 2, 3])
    func theHeapIsInTheCoreFileAndLittleElse(site: PoolSite, mode: Int) throws {
        try Self.look(Preloaded(site: site, poolSize: "512M", forkMode: mode))
    }

    @Test(
        .enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")),
        arguments: [PoolSite.tmpfs, .disk], [0, 1, 2, 3])
    func soItIsUnderTheDebugBuild(site: PoolSite, mode: Int) throws {
        // Large, since the debug build's records grow with it.
        try Self.look(
            Preloaded(site: site, poolSize: "4G", forkMode: mode, library: BuildProducts.debugLibrary))
    }

    private static func look(_ setting: Preloaded) throws {
        let program = try Scratch.compiled("core_dump.c")
        for name in parents + children {
            let folder = try Scratch.folder("core")
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let crash = try setting.run([program, "crash", name, folder])
            #expect(crash.status == (parents.contains(name) ? -SIGABRT : 0), "\(name): \(crash)")
            let core = try Command([program, "read", folder]).run()
            #expect(core.status == 0, "\(name): \(core)")
        }
    }
}
