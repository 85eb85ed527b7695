import Testing

@testable import LabBase
@testable import LabMetrics
@testable import Measurement
@testable import WorkloadSchema

@Suite("Metrics") struct MetricTests {
    @Test("Every metric has a unique name that leads back to it")
    func names() {
        for metric in Metric.all { #expect(Metric(name: metric.name) == metric) }
        #expect(Set(Metric.all.map(\.name)).count == Metric.all.count)
        #expect(Metric(name: "fork") == nil)
    }

    @Test("Every metric says what it means, and which direction is better if one is")
    func meanings() {
        #expect(Metric.all.allSatisfy { !$0.meaning.isEmpty })
        let neither = Metric.all.filter { $0.lowerIsBetter == nil }.map(\.name)
        #expect(neither.filter { !$0.hasPrefix("lag_") } == ["bytes_live", "bytes_shared"])
        let higher = Metric.all.filter { $0.lowerIsBetter == false }.map(\.name)
        #expect(
            Set(higher) == [
                "operations_per_second", "usable_share", "usable_share_after_run", "usable_share_after_free",
            ])
    }

    @Test("Memory and space count from before the fork to their peak, for parent and child together")
    func growth() {
        func usage(_ boundary: Boundary, parent: Int64, child: Int64?, used: Int64) -> WorkloadReport.Usage {
            func counters(_ anonymous: Int64) -> MemoryCounters {
                var counters = MemoryCounters()
                counters.pssAnon = anonymous
                return counters
            }
            return .init(
                boundary: boundary, fork: 1, depth: 1, parent: counters(parent), child: child.map(counters),
                system: SystemMemory(meminfo: KilobyteFields("")),
                fileSystem: FileSystemSpace(total: 1000, free: 1000 - used, available: 0))
        }
        var report = WorkloadReport(workload: "heap", allocator: "")
        report.usages = [
            usage(.beforeFork, parent: 100, child: nil, used: 10),
            usage(.afterParentWrite, parent: 130, child: 40, used: 60),
            usage(.afterExit, parent: 110, child: nil, used: 10),
        ]
        #expect(Metric.memoryCost.value(in: report) == 70)
        #expect(Metric.fileSystemCost.value(in: report) == 50)
        #expect(Metric.phase(.forkStall).value(in: report) == nil)
    }

    @Test("The first fork has its own latencies and stalls, later forks have medians")
    func laterProbes() throws {
        // One request per fork that waits from before the fork until after it.
        func profile(_ probe: String, _ fork: Int, _ latency: UInt64) throws -> LatencyProfile {
            let log = try LatencyLog(capacity: 1)
            defer { log.discard() }
            log.begin(start: 1000, interval: 1)
            log.append(sent: 1000, done: 1000 + latency, succeeded: true)
            return LatencyProfile(
                probe: probe, fork: fork, moments: ForkMoments(begin: 1000, end: 1001, childExit: nil),
                logs: [log])
        }
        var report = WorkloadReport(workload: "store", allocator: "")
        report.latencies = try [
            profile("store", 1, 10), profile(LatencyProfile.allocatingThread, 1, 11),
            profile("store", 2, 20), profile(LatencyProfile.allocatingThread, 2, 21),
            profile("store", 3, 40), profile(LatencyProfile.allocatingThread, 3, 41),
        ]
        #expect(Metric.latency(.during, .p99).value(in: report) == 10)
        #expect(Metric.threadStall(.allocating).value(in: report) == 11)
        #expect(Metric.laterLatency(.during, .p99).value(in: report) == 30)
        #expect(Metric.laterThreadStall(.allocating).value(in: report) == 31)
        report.latencies.removeLast(4)
        #expect(Metric.laterLatency(.during, .p99).value(in: report) == nil)
        #expect(Metric.laterThreadStall(.allocating).value(in: report) == nil)
    }

    @Test("Steps and amounts come from the library's account of the first fork, later steps from the others")
    func accounts() {
        func entry(_ fork: Int, _ depth: Int, prepare: UInt64) -> WorkloadReport.Accounts {
            let account = ForkAccount(
                mode: .poolCopy, action: .memory, bytesLive: 7, bytesCopied: 8, prepareNs: prepare)
            return .init(fork: fork, depth: depth, parent: account, child: nil)
        }
        var report = WorkloadReport(workload: "heap", allocator: "")
        #expect(Metric.step(.prepare).value(in: report) == nil)
        report.accounts = [
            entry(1, 1, prepare: 10), entry(1, 2, prepare: 99), entry(2, 1, prepare: 30),
            entry(3, 1, prepare: 50),
        ]
        #expect(Metric.step(.prepare).value(in: report) == 10)
        #expect(Metric.laterStep(.prepare).value(in: report) == 40)
        #expect(Metric.step(.resumeChild).value(in: report) == nil)
        #expect(Metric.forkBytes(.copied).value(in: report) == 8)
    }

    @Test("Torn snapshots count per thousand, lags by their median")
    func torn() {
        var report = WorkloadReport(workload: "snapshot", allocator: "")
        report.pairs = [PairTally(pair: .farAscending, lags: [0, 3, 5, 7])]
        #expect(Metric.torn(.farAscending).value(in: report) == 750)
        #expect(Metric.lag(.farAscending).value(in: report) == 5)
        #expect(Metric.torn(.nearAscending).value(in: report) == nil)
        #expect(Quantity.text(750, Metric.torn(.farAscending).unit) == "750 of 1000")
        #expect(Quantity.perThousand(0.5) == "0.5 of 1000")
    }

    @Test("The first fork and the later ones are different metrics")
    func laterForks() {
        var report = WorkloadReport(workload: "heap", allocator: "")
        report.timings = [(1, 1, 10), (1, 2, 99), (2, 1, 30), (3, 1, 50)].map { fork, depth, time in
            .init(
                phase: .forkStall, fork: fork, depth: depth, nanoseconds: time, minorFaults: 0, majorFaults: 0
            )
        }
        #expect(Metric.phase(.forkStall).value(in: report) == 10)
        #expect(Metric.laterPhase(.forkStall).value(in: report) == 40)
    }

    @Test(
        "Quantities have three digits and a unit",
        arguments: [
            (0.0, "0 ns"), (999, "999 ns"), (999.7, "1.00 us"), (12_345, "12.3 us"), (123_456_789, "123 ms"),
            (99_960_000, "100 ms"), (2.5e9, "2.50 s"),
        ])
    func quantities(nanoseconds: Double, text: String) {
        #expect(Quantity.nanoseconds(nanoseconds) == text)
    }

    @Test("Bytes may be negative, rates have metric prefixes")
    func otherQuantities() {
        #expect(Quantity.bytes(-1_572_864) == "-1.50 MiB")
        #expect(Quantity.bytes(1000) == "1000 B")
        #expect(Quantity.perSecond(57_533_506) == "57.5 M/s")
    }
}
