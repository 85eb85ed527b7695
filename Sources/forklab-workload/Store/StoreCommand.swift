import ArgumentParser
import WorkloadBase
import WorkloadSchema

/// `forklab-workload store`: a key-value store that serves requests while it forks a child to save it.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract:
            "Serve reads and writes of a key-value store at a fixed rate, and fork children that read it all.",
        discussion: """
            The pattern of Redis: the store goes on serving while a child walks through the snapshot that fork \
            gave it. Requests come at fixed times, whatever became of earlier ones, and their latency counts \
            from when they were due. Keys are chosen by Zipf's law. Parent and child also go through the \
            phases of the heap workload.
            """)

    @Option("rate", of: .store, help: "Requests per second, all threads together.")
    var rate: Int

    @Option("threads", of: .store, help: "Threads that make requests.")
    var threads: Int

    @Option(
        "read_share", of: .store, help: "Share of the requests that read, 0 to 1; the others set a new value."
    )
    var readShare: Double

    @Option("zipf_exponent", of: .store, help: "Exponent of Zipf's law, 0 (all keys alike) to 5.")
    var zipfExponent: Double

    @Option(
        "quiesce", of: .store,
        help: "Whether requests wait while fork() runs, as in a server with one thread: true or false.")
    var quiesce: Bool

    @Option("forks", of: .store, help: "Number of forks, one after the other.")
    var forks: Int

    @OptionGroup var options: RoundOptions

    func run() throws {
        var settings = options.settings
        settings.rounds = forks
        var workload: RoundsWorkload<Store> = try options.begin(.store, settings)
        var fill = Interval()
        let store = try fill.measure {
            try Store(bytes: options.heap.bytes, distribution: options.distribution, seed: options.seed)
        }
        workload.noteFill(store, live: store.liveBytes, of: options.heap.bytes, in: fill)
        guard store.count > 0 else { return try options.reporting.emit(workload.report) }
        workload.aroundFork = { store.around(quiesced: quiesce, $0) }
        let clients = ProbeGroup(
            "store", rate: Double(rate), threads: threads, longestRun: options.probing.longestRun)
        try clients.start { index in
            var requests = StoreRequests(
                store, exponent: zipfExponent, readShare: readShare, seed: options.seed &+ UInt64(index) &+ 1)
            return { _ in requests.next() }
        }
        try workload.runProbed(store, by: [clients], options)
    }
}
