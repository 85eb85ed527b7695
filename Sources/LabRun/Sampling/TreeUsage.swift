import Glibc
import LabBase
import LabProcess
import Measurement
import WorkloadSchema

/// Reads the memory and space used by a process and all processes below it, from /proc and the pool's file system.
struct TreeUsage: UsageSource {
    /// A cheap poll: what can be read in a few dozen microseconds, without holding up anybody. It has the system's memory that
    /// no write-back can free, and the used space of the file system, in bytes.
    struct Glance {
        var memory: Int64
        /// Used space; nil without a pool.
        var space: Int64?

        /// The lower values of two glances (`min`), or the higher ones (`max`).
        func merged(with other: Glance, by choose: (Int64, Int64) -> Int64) -> Glance {
            var merged = Glance(memory: choose(memory, other.memory), space: space ?? other.space)
            if let space, let others = other.space { merged.space = choose(space, others) }
            return merged
        }
    }

    private let pool: String?
    private let device: BlockDevice?

    /// A reader for processes whose pool is in the directory `pool`; nil for a reference.
    init(pool: String?) {
        self.pool = pool
        device = pool.flatMap(BlockDevice.init(holding:))
    }

    /// Memory and space now: of `process`, and of all processes below it together. nil if it is gone.
    ///
    /// The kernel walks the page tables of each for this, and a fork of one of them has to wait.
    func read(_ process: pid_t, _ boundary: Boundary, fork: Int) -> WorkloadReport.Usage? {
        guard let parent = try? MemoryCounters.read(process: process), let system = try? SystemMemory.read()
        else { return nil }
        let processes = ProcessTree.descendants(of: process)
        let below = processes.compactMap { try? MemoryCounters.read(process: $0) }
        let writes = ([process] + processes).compactMap { try? ProcessWrites.read(process: $0) }
        return WorkloadReport.Usage(
            boundary: boundary, fork: fork, depth: 1, at: Clock.nanoseconds, parent: parent,
            children: below.count,
            child: below.isEmpty ? nil : below.reduce(into: MemoryCounters()) { $0.add($1) }, system: system,
            fileSystem: pool.flatMap { try? FileSystemSpace.read(directory: $0) },
            written: writes.reduce(into: ProcessWrites()) { $0.add($1) }, deviceWritten: device?.bytesWritten)
    }

    /// Takes a glance now.
    func glance() -> Glance {
        Glance(
            memory: (try? SystemMemory.read())?.unreclaimable ?? 0,
            space: pool.flatMap { try? FileSystemSpace.read(directory: $0) }?.used)
    }

    var now: UInt64 { Clock.nanoseconds }
    var spent: UInt64 { Clock.threadNanoseconds }

    func hasChildren(_ process: pid_t) -> Bool { !ProcessTree.children(of: process).isEmpty }

    func residentPages(_ process: pid_t) -> UInt64 {
        let words = (try? TextFile.read("/proc/\(process)/statm"))?.split(separator: " ") ?? []
        return words.count > 1 ? UInt64(words[1]) ?? 0 : 0
    }
}
