import LabBase

/// The memory of one process at one moment, in bytes, as the kernel counts it.
public struct MemoryCounters: Codable, Equatable, Sendable {
    /// Resident pages, each divided by the number of processes that map it (Pss).
    public var pss: Int64 = 0
    /// The anonymous share of Pss: copied-on-write pages of a private file mapping count here.
    public var pssAnon: Int64 = 0
    /// The share of Pss in pages of files.
    public var pssFile: Int64 = 0
    /// The share of Pss in tmpfs and shared anonymous memory.
    public var pssShmem: Int64 = 0
    /// Dirty pages that no other process maps (Private_Dirty).
    public var privateDirty: Int64 = 0
    /// Resident anonymous memory, whole pages (RssAnon).
    public var rssAnon: Int64 = 0
    /// Resident pages of files (RssFile).
    public var rssFile: Int64 = 0
    /// Resident pages of tmpfs and shared anonymous memory (RssShmem).
    public var rssShmem: Int64 = 0
    /// Page tables (VmPTE).
    public var pageTables: Int64 = 0
    /// Page faults without I/O since the process began.
    public var minorFaults: Int64 = 0
    /// Page faults with I/O since the process began.
    public var majorFaults: Int64 = 0

    /// All counters zero.
    public init() {}

    /// Reads /proc/PID/smaps_rollup, status and stat of `process`.
    ///
    /// Throws `SystemCallError` if the process is gone or belongs to another user. The kernel walks the page
    /// tables for this, about a millisecond per touched gigabyte: keep it out of timed phases.
    public static func read(process: Int32) throws(SystemCallError) -> MemoryCounters {
        let directory = "/proc/\(process)"
        return MemoryCounters(
            smapsRollup: try KilobyteFields.read("\(directory)/smaps_rollup"),
            status: try KilobyteFields.read("\(directory)/status"),
            stat: try TextFile.read("\(directory)/stat"))
    }

    /// The counters in the three files; zero for any that the kernel does not report.
    public init(smapsRollup rollup: KilobyteFields, status fields: KilobyteFields, stat: String) {
        pss = rollup["Pss"]
        pssAnon = rollup["Pss_Anon"]
        pssFile = rollup["Pss_File"]
        pssShmem = rollup["Pss_Shmem"]
        privateDirty = rollup["Private_Dirty"]
        rssAnon = fields["RssAnon"]
        rssFile = fields["RssFile"]
        rssShmem = fields["RssShmem"]
        pageTables = fields["VmPTE"]
        // The command name in parentheses may contain blanks: count fields from the last parenthesis.
        let afterName = stat.split(separator: ")", omittingEmptySubsequences: false).last ?? ""
        let numbers = afterName.split(separator: " ")
        if numbers.count > 9 {
            minorFaults = Int64(numbers[7]) ?? 0
            majorFaults = Int64(numbers[9]) ?? 0
        }
    }

    /// Adds the counters of another process. Pss adds up over processes; Rss counts a page that
    /// both map twice.
    public mutating func add(_ other: MemoryCounters) {
        for counter in Self.counters { self[keyPath: counter] += other[keyPath: counter] }
    }

    private static var counters: [WritableKeyPath<MemoryCounters, Int64>] {
        [
            \.pss, \.pssAnon, \.pssFile, \.pssShmem, \.privateDirty, \.rssAnon, \.rssFile, \.rssShmem,
            \.pageTables, \.minorFaults, \.majorFaults,
        ]
    }

    /// Anonymous memory and page tables: the RAM that this process costs beside files, bytes.
    public var anonymousCost: Int64 { pssAnon + pageTables }
}

/// The memory of the whole system at one moment, in bytes, from /proc/meminfo.
public struct SystemMemory: Codable, Equatable, Sendable {
    /// Anonymous pages of all processes (AnonPages).
    public var anonPages: Int64
    /// tmpfs and shared memory (Shmem).
    public var shmem: Int64
    /// Page tables of all processes (PageTables).
    public var pageTables: Int64

    /// The counters among the fields of /proc/meminfo.
    public init(meminfo fields: KilobyteFields) {
        anonPages = fields["AnonPages"]
        shmem = fields["Shmem"]
        pageTables = fields["PageTables"]
    }

    /// Reads /proc/meminfo. Throws `SystemCallError`. Safe in any thread.
    public static func read() throws(SystemCallError) -> SystemMemory {
        SystemMemory(meminfo: try KilobyteFields.read("/proc/meminfo"))
    }

    /// AnonPages + Shmem + PageTables: the memory that no write-back can free, bytes.
    public var unreclaimable: Int64 { anonPages + shmem + pageTables }
}
