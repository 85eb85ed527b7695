import Glibc
import Testing

@testable import LabBase
@testable import Measurement

@Suite("Memory counters from the texts of /proc") struct MemoryCountersTests {
    private static let rollup = """
        5605b2c0a000-7ffd5f3f9000 ---p 00000000 00:00 0                          [rollup]
        Rss:                1728 kB
        Pss:                 391 kB
        Pss_Dirty:           100 kB
        Pss_Anon:             96 kB
        Pss_File:            290 kB
        Pss_Shmem:             5 kB
        Private_Dirty:       104 kB
        """
    private static let status = """
        Name:\tsome kB
        Umask:\t0022
        VmPTE:\t      44 kB
        RssAnon:\t      92 kB
        RssFile:\t    1636 kB
        RssShmem:\t       8 kB
        Threads:\t1
        """

    @Test("Every counter is found under its name, in bytes")
    func counters() {
        let stat = "77 (a) b (c)) S 1 77 77 0 -1 4194560 171 5 3 9 0 0 0 0 20 0 1 0 100 5 6"
        let counters = MemoryCounters(
            smapsRollup: KilobyteFields(Self.rollup), status: KilobyteFields(Self.status), stat: stat)
        #expect(counters.pss == 391 << 10)
        #expect(counters.pssAnon == 96 << 10)
        #expect(counters.pssFile == 290 << 10)
        #expect(counters.pssShmem == 5 << 10)
        #expect(counters.privateDirty == 104 << 10)
        #expect(counters.rssAnon == 92 << 10)
        #expect(counters.rssFile == 1636 << 10)
        #expect(counters.rssShmem == 8 << 10)
        #expect(counters.pageTables == 44 << 10)
        #expect(counters.minorFaults == 171)
        #expect(counters.majorFaults == 3)
        #expect(counters.anonymousCost == (96 + 44) << 10)
    }

    @Test("Counters that a kernel does not report are zero")
    func missing() {
        let counters = MemoryCounters(
            smapsRollup: KilobyteFields(""), status: KilobyteFields("garbage"), stat: "")
        #expect(counters == MemoryCounters())
    }

    @Test("A field is its whole name, a number and kB")
    func fields() {
        let text = """
            Shmem: 7
            ShmemHuge: 1 kB
            AnonPages: 2 MB
            PageTables: kB
            Percpu:
            Zswap: -3 kB
            Last:\t4 kB
            """
        let fields = KilobyteFields(text)
        for name in ["Shmem", "AnonPages", "PageTables", "Percpu", "Zswap", "Anon", ""] {
            #expect(fields[name] == 0, "\(name)")
        }
        #expect(fields["ShmemHuge"] == 1024 && fields["Last"] == 4096)
    }

    @Test("The unreclaimable memory of the system is the sum of its three kinds")
    func system() {
        let memory = SystemMemory(
            meminfo: KilobyteFields(
                "MemTotal: 9999 kB\nAnonPages:  100 kB\nShmem:  20 kB\nPageTables:  3 kB\n"))
        #expect(memory.unreclaimable == 123 << 10)
    }

    @Test("The counters of this very process can be read")
    func real() throws {
        let counters = try MemoryCounters.read(process: getpid())
        #expect(counters.pss > 0 && counters.pageTables > 0 && counters.minorFaults > 0)
    }

    @Test("A process that does not exist is an error that names the file")
    func gone() {
        #expect(throws: SystemCallError.self) { try MemoryCounters.read(process: Int32.max) }
    }
}
