import FoundationEssentials
import LabBase
import Glibc
import LabProcess
import LabScenario

/// The record of where, when and with what a run was made. A result directory has one for each run that added to it.
package struct EnvironmentManifest: Codable, Equatable, Sendable {
    /// How a run ended.
    package enum End: String, Codable, Sendable {
        /// All of its trials were made.
        case complete
        /// Ended by Ctrl-C or SIGTERM.
        case interrupted
        /// The next pass would have exceeded the time budget.
        case timeBudget = "time_budget"
    }

    /// What to measure: a part of a scenario's plan.
    package struct Request: Codable, Equatable, Sendable {
        /// The name of the scenario.
        let scenario: String
        /// The scenario's seed.
        package let seed: UInt64
        /// Measured trials of each cell.
        let trials: Int
        /// Warm-up trials of each cell before those.
        let warmUp: Int
        /// The values of `--filter`, as given.
        let filters: [String]
        /// The value of `--shard`; "1/1" for the whole plan.
        let shard: String
        /// The cells, in the order of the matrix.
        let cells: [Cell]
    }

    /// Id of the run, which its samples carry.
    package let run: String
    /// When the run began, ISO 8601, UTC.
    package let startedAt: String
    /// When it ended; nil while it runs, and permanently if it was killed.
    package internal(set) var endedAt: String?
    /// How it ended; nil if it did not.
    package internal(set) var end: End?
    /// What the run was to measure.
    package let request: Request
    /// The command line that started the run.
    package let commandLine: [String]
    /// The version of forklab.
    package let forklabVersion: String
    /// Git revision of the checkout that forklab was built in, "-dirty" if it was changed; nil outside of one.
    package let gitRevision: String?
    /// Path of the library under test.
    package let library: String
    /// Its GNU build id; nil if the linker gave it none.
    package let libraryBuildId: String?
    /// Name of the host.
    package let host: String
    /// Kernel release and machine.
    package let kernel: String
    /// Version of the C library.
    package let libc: String
    /// Model of the processor.
    package let processor: String
    /// Processors that are online.
    package let processors: Int
    /// The processors that this process may run on: "0-3,8".
    package let processorsAllowed: String?
    /// cpufreq's governor of the first processor; nil if it has none.
    package let processorGovernor: String?
    /// Bytes of RAM.
    package let memory: Int64
    /// /sys/kernel/mm/transparent_hugepage/enabled.
    package let transparentHugePages: String?
    /// /sys/kernel/mm/transparent_hugepage/shmem_enabled.
    package let transparentHugePagesShmem: String?
    /// /proc/sys/vm/overcommit_memory.
    package let overcommit: String?
    /// /proc/sys/vm/swappiness.
    package let swappiness: String?
    /// Load average over 1, 5 and 15 minutes when the run began.
    package let loadAverage: [Double]
    /// Soft limits of the process: "max_open_files".
    let limits: [String: String]
    /// The file systems that pools were on, with mount options.
    package let fileSystems: [UsableFileSystem]
    /// What was left out, and why.
    let skipped: [Skipped]

    /// Describes this machine now.
    init(request: Request, library: String, fileSystems: [UsableFileSystem], skipped: [Skipped]) {
        run = RunID.make()
        startedAt = Date.now.ISO8601Format()
        self.request = request
        commandLine = CommandLine.arguments
        forklabVersion = ForkLabVersion.text
        gitRevision = Executables.ownFolder.flatMap(HostFacts.gitRevision)
        self.library = library
        libraryBuildId = BuildID.read(path: library)
        (host, kernel) = HostFacts.system()
        libc = HostFacts.libc()
        processor = HostFacts.processor()
        processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        processorsAllowed = HostFacts.processorsAllowed()
        processorGovernor = Machine.this.line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
        memory = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        let hugePages = "/sys/kernel/mm/transparent_hugepage"
        transparentHugePages = Machine.this.line("\(hugePages)/enabled")
        transparentHugePagesShmem = Machine.this.line("\(hugePages)/shmem_enabled")
        overcommit = Machine.this.line("/proc/sys/vm/overcommit_memory")
        swappiness = Machine.this.line("/proc/sys/vm/swappiness")
        loadAverage = HostFacts.loadAverage()
        limits = HostFacts.limits()
        self.fileSystems = fileSystems
        self.skipped = skipped
    }

    /// Records that the run is over.
    mutating func finish(_ end: End) {
        self.end = end
        endedAt = Date.now.ISO8601Format()
    }
}

/// Makes names that no two runs share, on one host or on many.
enum RunID {
    /// A new name such as "20260131T235959Z-1f0c9a2e".
    static func make() -> String {
        let time = Date.now.formatted(
            Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
        let random = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return "\(time)-\(String(repeating: "0", count: 8 - random.count))\(random)"
    }
}
