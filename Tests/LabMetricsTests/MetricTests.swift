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
        #expect(neither.filter { !$0.hasPrefix("lag_") } == ["fold_bytes", "bytes_live", "bytes_shared"])
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

    @Test("Where the child copies, the amounts and the time of the copy are in its account")
    func deferred() {
        var report = WorkloadReport(workload: "heap", allocator: "")
        report.accounts = [1, 2, 3].map { fork in
            let parent = ForkAccount(mode: .poolCopy, copier: .child, action: .deferred, bytesLive: 7)
            let child = ForkAccount(
                mode: .poolCopy, copier: .child, action: .memory, bytesLive: 7, bytesCopied: UInt64(8 * fork),
                copyNs: UInt64(100 * fork))
            return .init(fork: fork, depth: 1, parent: parent, child: child)
        }
        #expect(Metric.forkBytes(.copied).value(in: report) == 8)
        #expect(Metric.step(.childCopy).value(in: report) == 100)
        #expect(Metric.laterStep(.childCopy).value(in: report) == 250)
        #expect(report.actions == [.deferred, .memory, .deferred, .memory, .deferred, .memory])
        report.accounts[0].child = nil
        #expect(Metric.forkBytes(.copied).value(in: report) == nil && report.actions.count == 5)
    }

    @Test("The parent's memory counts to its peak while the child lived, and when all is folded; in a pool")
    func parentMemory() throws {
        func usage(_ boundary: Boundary, fork: Int = 1, _ anonymous: Int64) -> WorkloadReport.Usage {
            var counters = MemoryCounters()
            counters.rssAnon = anonymous
            return .init(
                boundary: boundary, fork: fork, depth: 1, parent: counters, child: nil,
                system: SystemMemory(meminfo: KilobyteFields("")), fileSystem: nil)
        }
        var report = WorkloadReport(workload: "heap", allocator: "")
        report.usages = [
            usage(.beforeFork, 100), usage(.afterParentWrite, 180), usage(.afterChildWrite, 170),
            usage(.afterExit, 190), usage(.beforeFork, fork: 2, 105), usage(.afterParentWrite, fork: 2, 900),
        ]
        #expect(Metric.parentMemory(.peak).value(in: report) == nil)
        let line = "7f0000000000-7f0010000000 rw-s 00000000 00:1b 77 /dev/shm/#77 (deleted)"
        report.placement = HeapPlacement(try #require(MemoryMapping(line: Substring(line))))
        #expect(Metric.parentMemory(.peak).value(in: report) == 80)
        #expect(Metric.parentMemory(.left).value(in: report) == 90)
        report.usages.append(usage(.afterFold, 102))
        #expect(Metric.parentMemory(.peak).value(in: report) == 80)
        #expect(Metric.parentMemory(.left).value(in: report) == 2)
        report.placement?.kind = .anonymous
        #expect(Metric.parentMemory(.left).value(in: report) == nil)
    }

    @Test("Folds count from before the first fork; the longest run is a maximum")
    func folds() {
        var report = WorkloadReport(workload: "heap", allocator: "")
        #expect(Metric.fold(.bytes).value(in: report) == nil)
        let before = FoldTally(folds: 1, bytes: 4096, foldNs: 100, longestNs: 90)
        let after = FoldTally(folds: 2, bytes: 3 * 4096, foldNs: 150, longestNs: 90)
        report.folds = [
            WorkloadReport.Fold(fork: 1, from: before, to: after),
            WorkloadReport.Fold(fork: 2, from: after, to: after),
        ]
        #expect(Metric.fold(.bytes).value(in: report) == 8192 && Metric.fold(.time).value(in: report) == 50)
        #expect(Metric.fold(.pause).value(in: report) == 90)
        #expect(Metric.fold(.timePerPage).value(in: report) == 25)
        report.folds?.removeFirst()
        #expect(Metric.fold(.timePerPage).value(in: report) == nil)
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
