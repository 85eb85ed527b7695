import Foundation
import Testing

@testable import LabBase
@testable import LabDoctor
@testable import LabProcess
@testable import LabRun
@testable import LabScenario
@testable import Measurement

/// A folder with a test's own /proc and /sys, removed with the value.
private final class FakeRoot {
    let path: String

    init(_ files: [String: String]) throws {
        var template = Array("/tmp/forklab-doctor-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template))
        for (file, text) in files {
            try OutputFile.makeDirectory(path + RealPath.folder(of: file))
            try OutputFile.write(text, to: path + file)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func machine(programs: Set<String> = []) -> Machine {
        Machine(root: path, hasProgram: { programs.contains($0) }, processors: 4)
    }
}

@Suite("Doctor") struct DoctorTests {
    private static let hugePages = HugePagesCheck.folder
    private static let cpu = "/sys/devices/system/cpu"

    /// The finding that a check must make on a machine with these files.
    struct Case: Sendable, CustomTestStringConvertible {
        let check: any DoctorCheck
        let files: [String: String]
        let subject: String
        let state: Finding.State
        let words: String

        var testDescription: String { "\(subject) \(state.rawValue): \(words)" }

        init(
            _ check: any DoctorCheck, _ files: [String: String], _ subject: String, _ state: Finding.State,
            _ words: String
        ) {
            self.check = check
            self.files = files
            self.subject = subject
            self.state = state
            self.words = words
        }
    }

    private static func limits(_ name: String, _ soft: String) -> [String: String] {
        [
            "/proc/self/limits":
                "Limit   Soft Limit   Hard Limit   Units\n\(name)   \(soft)   unlimited   bytes\n"
        ]
    }

    private static func memory(_ fields: String) -> [String: String] { ["/proc/meminfo": fields] }

    private static let cases: [Case] = [
        Case(KernelCheck(), ["/proc/sys/kernel/osrelease": "6.1.0-21-amd64\n"], "kernel", .ok, "6.1.0-21"),
        Case(KernelCheck(), ["/proc/sys/kernel/osrelease": "5.10.0\n"], "kernel", .hurts, "older than 5.14"),
        Case(KernelCheck(), [:], "kernel", .missing, "/proc"),
        Case(MemoryCheck(), memory("MemTotal: 1000 kB\nMemAvailable: 50 kB\n"), "memory", .hurts, "50.0 KiB"),
        Case(MemoryCheck(), memory("MemTotal: 1000 kB\nMemAvailable: 500 kB\n"), "memory", .ok, "500 KiB"),
        Case(MemoryCheck(), memory("SwapTotal: 100 kB\nSwapFree: 40 kB\n"), "swap", .hurts, "60.0 KiB used"),
        Case(MemoryCheck(), memory("SwapTotal: 100 kB\nSwapFree: 100 kB\n"), "swap", .ok, "0 B used"),
        Case(
            MemoryCheck(),
            memory("MemTotal: 4096 kB\n").merging(
                ["/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "1048576\n"]) { $1 },
            "cgroup memory", .hurts, "1.00 MiB"),
        Case(OvercommitCheck(), ["/proc/sys/vm/overcommit_memory": "0\n"], "overcommit", .ok, "heuristic"),
        Case(OvercommitCheck(), ["/proc/sys/vm/overcommit_memory": "1\n"], "overcommit", .ok, "always"),
        Case(
            OvercommitCheck(),
            memory("CommitLimit: 100 kB\nCommitted_AS: 90 kB\n").merging(
                ["/proc/sys/vm/overcommit_memory": "2\n"]) { $1 },
            "overcommit", .hurts, "10.0 KiB may still be promised"),
        Case(OvercommitCheck(), [:], "overcommit", .unknown, "cannot be read"),
        Case(
            HugePagesCheck(), ["\(hugePages)/enabled": "[always] madvise never\n"], "huge pages", .hurts,
            "always"),
        Case(
            HugePagesCheck(), ["\(hugePages)/enabled": "always [madvise] never\n"], "huge pages", .ok,
            "madvise"),
        Case(
            HugePagesCheck(),
            ["\(hugePages)/enabled": "[never]", "\(hugePages)/shmem_enabled": "never [deny] force"],
            "huge pages, tmpfs", .hurts, "deny"),
        Case(
            HugePagesCheck(), ["\(hugePages)/enabled": "[never]", "\(hugePages)/defrag": "[always] never"],
            "huge page defrag", .hurts, "compact"),
        Case(LimitsCheck(), limits("Max address space", "3221225472"), "address space", .hurts, "3.00 GiB"),
        Case(LimitsCheck(), limits("Max address space", "unlimited"), "address space", .ok, "unlimited"),
        Case(LimitsCheck(), limits("Max file size", "1048576"), "file size", .hurts, "1.00 MiB"),
        Case(LimitsCheck(), limits("Max open files", "64"), "descriptors", .hurts, "64"),
        Case(LimitsCheck(), limits("Max open files", "1024"), "descriptors", .ok, "1024"),
        Case(LimitsCheck(), ["/proc/sys/vm/max_map_count": "1000\n"], "mappings", .hurts, "1000"),
        Case(
            ProcessorCheck(), ["\(cpu)/cpu0/cpufreq/scaling_governor": "powersave\n"], "CPU governor", .hurts,
            "powersave"),
        Case(
            ProcessorCheck(), ["\(cpu)/cpu0/cpufreq/scaling_governor": "performance\n"], "CPU governor", .ok,
            "performance"),
        Case(ProcessorCheck(), [:], "CPU governor", .unknown, "virtual machine"),
        Case(ProcessorCheck(), ["\(cpu)/intel_pstate/no_turbo": "0\n"], "turbo", .hurts, "on"),
        Case(ProcessorCheck(), ["\(cpu)/intel_pstate/no_turbo": "1\n"], "turbo", .ok, "off"),
        Case(ProcessorCheck(), ["\(cpu)/cpufreq/boost": "1\n"], "turbo", .hurts, "on"),
        Case(
            ProcessorCheck(), ["/proc/cpuinfo": "processor : 0\nflags : fpu hypervisor sse\n"],
            "virtual machine", .hurts, "host"),
        Case(NoiseCheck(), ["/proc/loadavg": "2.50 1 1 1/1 1\n"], "load average", .hurts, "2.50 on 4"),
        Case(NoiseCheck(), ["/proc/loadavg": "0.50 1 1 1/1 1\n"], "load average", .ok, "0.50 on 4"),
    ]

    @Test("Each check says what the machine's files mean", arguments: cases)
    func checks(_ example: Case) throws {
        let root = try FakeRoot(example.files)
        let finding = try #require(
            example.check.findings(on: root.machine()).first { $0.subject == example.subject })
        #expect(finding.state == example.state)
        #expect(finding.detail.contains(example.words), "\(finding)")
        // Every finding that something hurts comes with advice.
        #expect(finding.advice.isEmpty == (example.state == .ok || example.state == .unknown))
    }

    @Test("A missing program is named with its package")
    func programs() throws {
        let root = try FakeRoot([:])
        let findings = ToolsCheck().findings(on: root.machine(programs: ["gnuplot"]))
        #expect(findings.first?.state == .ok)
        #expect(findings.first { $0.subject == "mkfs.xfs" }?.state == .missing)
        #expect(findings.first { $0.subject == "mkfs.xfs" }?.advice == "apt-get install xfsprogs")
    }

    @Test("Steal is the eighth number of the first line of /proc/stat")
    func steal() throws {
        let time = try #require(ProcessorTime("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 1 1 1 1 1 1 1 1 1\n"))
        #expect(time.total == 36 && time.steal == 8)
        #expect(ProcessorTime("intr 1\n") == nil)
    }

    @Test("A loop that was held up hurts, one that ran through does not")
    func jitter() {
        let check = NoiseCheck()
        #expect(check.jitter(SpinLoop(lostShare: 0.001, longestGap: 50_000)).state == .ok)
        #expect(check.jitter(SpinLoop(lostShare: 0.2, longestGap: 50_000)).state == .hurts)
        #expect(check.jitter(SpinLoop(lostShare: 0.001, longestGap: 5_000_000)).state == .hurts)
        let loop = SpinLoop(duration: 1_000_000)
        #expect((0...1).contains(loop.lostShare) && loop.longestGap > 0)
    }

    @Test("A preload is only ok if its pool is mapped")
    func library() {
        func judge(_ end: ChildProcess.ProcessEnd, _ maps: String, _ complaint: String = "") -> Finding {
            LibraryCheck.judge(
                end, maps: maps, complaint: complaint, library: "/x/libvmmalloc.so", directory: "/pools")
        }
        let loaded = "7f00-7f01 r-xp 00000000 fd:01 7 /x/libvmmalloc.so\n"
        let pool = "7e00-7e01 rw-s 00000000 fd:02 9 /pools/#9 (deleted)\n"
        #expect(judge(.exited(0), loaded + pool).state == .ok)
        #expect(judge(.exited(0), loaded).detail.contains("no pool in /pools"))
        #expect(judge(.exited(0), pool, "ERROR: ld.so: object cannot be preloaded").detail.contains("ld.so"))
        #expect(
            judge(.signalled(6), "", "libvmmalloc: no space\nmore").detail.hasSuffix("libvmmalloc: no space"))
        #expect(judge(.signalled(6), "").state == .hurts)
    }

    @Test("Directories are tried out, and a diagnosis knows whether it is clean")
    func diagnosis() throws {
        let root = try FakeRoot(["/proc/sys/kernel/osrelease": "6.1.0\n"])
        let mounts = [Mount(point: "/tmp", type: "tmpfs", options: "rw,huge=always")]
        let fileSystem = try UsableFileSystem(name: "/tmp", directory: "/tmp", mounts: mounts)
        let diagnosis = Diagnosis(
            machine: root.machine(), fileSystems: [fileSystem],
            missing: [.init(name: .directory("/gone"), reason: "is not there")], library: nil)
        let findings = Dictionary(grouping: diagnosis.findings, by: \.subject)
        #expect(findings["libvmmalloc"]?.first?.state == .missing)
        #expect(findings["reflink"]?.first?.state == (fileSystem.reflink ? .helps : .ok))
        #expect(findings["huge pages"]?.last?.state == .helps)
        #expect(diagnosis.topics.last?.title == "/gone" && !diagnosis.isClean)
        #expect(diagnosis.text.contains("missing  libvmmalloc"))
        #expect(throws: InputError.self) {
            try Diagnosis(directories: ["/no/such/place"], library: nil)
        }
    }
}
