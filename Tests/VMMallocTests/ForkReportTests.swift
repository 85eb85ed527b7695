import Foundation
import Testing

/// Which engine copies where, what the report and the log say about it, and what strict space costs.
@Suite struct ForkReportTests {
    private static let type: @Sendable (PoolSite) -> String = { "\($0)".prefix { $0 != " " }.description }

    /// What each engine does on each file system; nothing: it is refused.
    private static let expected: [String: [String: String]] = [
        "tmpfs": ["auto": "copy_file_range copied", "copy_file_range": "copy_file_range copied"],
        "disk": ["auto": "copy_file_range copied", "copy_file_range": "copy_file_range copied"],
        "xfs": [
            "auto": "reflink shared", "reflink": "reflink shared",
            "copy_file_range": "copy_file_range shared",
        ],
        "btrfs": [
            "auto": "reflink shared", "reflink": "reflink shared",
            "copy_file_range": "copy_file_range shared",
        ],
    ]

    @Test(
        .disabled(if: reflinksOnDisk, "the working directory's file system reflinks itself"),
        arguments: PoolSite.all, ["auto", "reflink", "copy_file_range", "pmem", "memory", "classic"])
    func everyEngineCopiesOrIsRefused(site: PoolSite, method: String) throws {
        let environment = method == "auto" ? [:] : ["VMMALLOC_FORK_COPY": method]
        let outcome = try Preloaded(site: site, forkMode: 2, environment: environment)
            .run(program: "fork_or_refusal.c", "3", "2")
        #expect(outcome.status == 0, "\(outcome)")
        let fallback =
            ["memory", "classic"].contains(method) ? "\(method) copied" : "refused: Operation not supported"
        let line = Self.expected[Self.type(site)]?[method] ?? fallback
        #expect(outcome.output == "\(line)\n\(line)\n", "\(outcome)")
    }

    /// The report always describes a single fork, even if a thread asks while another forks.
    @Test(arguments: BuildProducts.libraries)
    func aReportThatIsReadDuringForksIsWhole(library: String) throws {
        let outcome = try Preloaded(poolSize: "14M", forkMode: 2, library: library)
            .run(program: "fork_report_race.c", "2000")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// libpmem treats any memory as persistent when told to: its engine copies what the others copy.
    @Test(arguments: [PoolSite.tmpfs, .disk])
    func pmemCopiesWhereMemoryIsPersistent(site: PoolSite) throws {
        let environment = ["VMMALLOC_FORK_COPY": "pmem", "PMEM_IS_PMEM_FORCE": "1"]
        let outcome = try Preloaded(site: site, forkMode: 2, environment: environment)
            .run(program: "fork_or_refusal.c", "3", "3")
        #expect(outcome.output == "pmem copied\npmem copied\npmem copied\n", "\(outcome)")
    }

    @Test(arguments: PoolSite.all)
    func libpmemIsLoadedForPersistentMemoryOnly(site: PoolSite) throws {
        let script = """
            import os
            if os.fork() == 0: os._exit(0)
            os.wait()
            print(any("libpmem" in line for line in open("/proc/self/maps")))
            """
        let outcome = try Preloaded(site: site, forkMode: 2).run(["/usr/bin/python3", "-c", script])
        #expect(outcome.output == "False\n", "\(outcome)")
    }

    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: PoolSite.reflinking)
    func strictSpaceIsARealCopy(site: PoolSite) throws {
        let outcome = try Preloaded(site: site, forkMode: 2, environment: ["VMMALLOC_FORK_SPACE": "strict"])
            .run(program: "fork_or_refusal.c", "3", "2")
        let action = Self.type(site) == "xfs" ? "reflink copied" : "memory copied"
        #expect(outcome.output == "\(action)\n\(action)\n", "\(outcome)")
    }

    @Test(arguments: [1, 2, 3])
    func theLogHasALineForEachFork(mode: Int) throws {
        let path = "\(Scratch.disk)/fork-log-\(mode)"
        let outcome = try Preloaded(forkMode: mode, environment: ["VMMALLOC_FORK_LOG": path])
            .run(program: "fork_or_refusal.c", "3", "4")
        #expect(outcome.status == 0, "\(outcome)")
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 4)
        for (index, line) in lines.enumerated() {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["fork"] as? Int == index + 1)
            #expect(object?["mode"] as? Int == mode)
            let action = mode == 1 ? (index == 0 ? "remap" : "none") : "copy_file_range"
            #expect(object?["action"] as? String == action)
            #expect(object?["bytes_live"] as? Int ?? 0 >= 3 << 20)
            for phase in ["reserve_ns", "prepare_ns", "fork_ns", "resume_ns"] {
                #expect(object?[phase] as? Int ?? 0 > 0, "\(phase) in \(line)")
            }
        }
    }

    @Test func aLogThatCannotBeOpenedIsDoneWithout() throws {
        let outcome = try Preloaded(forkMode: 2, environment: ["VMMALLOC_FORK_LOG": "/no/such/log"])
            .run(program: "fork_or_refusal.c", "3", "2")
        let line = """
            Warning (libvmmalloc): cannot open VMMALLOC_FORK_LOG (/no/such/log): No such file or directory; \
            continuing without it

            """
        #expect(outcome.errors == line, "\(outcome)")
        #expect(outcome.output == "copy_file_range copied\ncopy_file_range copied\n", "\(outcome)")
        #expect(outcome.status == 0, "\(outcome)")
    }

    private static let reflinksOnDisk: Bool =
        (try? Command(["cp", "--reflink=always", BuildProducts.library, "\(Scratch.disk)/reflinked"]).run()
            .status) == 0
}
