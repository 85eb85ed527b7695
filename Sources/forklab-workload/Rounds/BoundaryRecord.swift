import Glibc
import LabBase
import Measurement
import WorkloadBase
import WorkloadSchema

/// The measurements at one boundary: plain data. A `taken` of 0 means that the round did not get there.
struct BoundaryRecord {
    var taken: UInt64 = 0
    var living = 0
    var hasFileSystem = false
    var hasDevice = false
    var parent = MemoryCounters()
    var children = MemoryCounters()
    var system = SystemMemory(meminfo: KilobyteFields(""))
    var fileSystem = FileSystemSpace(total: 0, free: 0, available: 0)
    var written = ProcessWrites()
    var deviceWritten: Int64 = 0

    /// An empty record.
    init() {}

    /// Reads everything now; nil if this process cannot be looked at.
    init?(family: ForkFamily, children: [pid_t]) {
        taken = Clock.nanoseconds
        guard let own = try? MemoryCounters.read(process: getpid()), let memory = try? SystemMemory.read()
        else { return nil }
        parent = own
        system = memory
        written = (try? ProcessWrites.read(process: getpid())) ?? ProcessWrites()
        for child in children {
            guard let counters = try? MemoryCounters.read(process: child) else { continue }
            self.children.add(counters)
            living += 1
            if let writes = try? ProcessWrites.read(process: child) { written.add(writes) }
        }
        if let pool = family.pool, let space = try? FileSystemSpace.read(directory: pool.directory) {
            fileSystem = space
            hasFileSystem = true
        }
        if let bytes = family.device?.bytesWritten {
            deviceWritten = bytes
            hasDevice = true
        }
    }

    /// The report's entry for it.
    func usage(_ boundary: Boundary, fork: Int, depth: Int) -> WorkloadReport.Usage {
        WorkloadReport.Usage(
            boundary: boundary, fork: fork, depth: depth, at: taken, parent: parent,
            children: living, child: living > 0 ? children : nil, system: system,
            fileSystem: hasFileSystem ? fileSystem : nil,
            written: written, deviceWritten: hasDevice ? deviceWritten : nil)
    }
}
