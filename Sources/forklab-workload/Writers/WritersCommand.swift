import ArgumentParser
import Glibc
import LabBase
import WorkloadBase
import WorkloadSchema

/// `forklab-workload writers`: forks of a process whose other threads never stop writing.
struct WritersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "writers",
        abstract: "Fork while threads rewrite, allocate and free blocks without a pause.",
        discussion: """
            One half of the heap goes through the phases of the heap workload. The other belongs to the \
            threads. Children count how many of its blocks they find half-written, beyond the one that each thread \
            can have been in the middle of. Two more threads measure how long they are held up.
            """)

    @Option("threads", of: .writers, help: "Threads that write.")
    var threads: Int

    @Option("forks", of: .writers, help: "Number of forks, one after the other.")
    var forks: Int

    @OptionGroup var options: RoundOptions

    func run() throws {
        var settings = options.settings
        settings.rounds = forks
        var workload: RoundsWorkload<WrittenHeap> = try options.begin(.writers, settings)
        var time = Interval()
        let (heap, live) = try time.measure { try fill() }
        workload.noteFill(heap, live: live, of: options.heap.bytes, in: time)
        guard heap.writers.allSatisfy({ $0.blocks.count > 0 }) else {
            return try options.reporting.emit(workload.report)
        }
        let begin = Clock.nanoseconds
        let handles = try heap.writers.map { try $0.start() }
        try workload.runProbed(heap, options) { report in
            for writer in heap.writers { writer.stop() }
            for handle in handles { pthread_join(handle, nil) }
            judge(heap, after: Clock.nanoseconds - begin, &report)
        }
    }

    /// Fills the heap: half of the bytes go through the phases, the threads share the others.
    private func fill() throws -> (WrittenHeap, live: Int) {
        var live = 0
        func table(_ bytes: Int, _ number: Int) throws -> BlockTable {
            var table = try BlockTable(capacity: bytes / options.distribution.smallest + 1)
            live += table.fill(
                bytes: bytes, distribution: options.distribution, seed: options.seed &+ UInt64(number),
                owner: Generation<BlockTable>.firstOwner)
            return table
        }
        let bytes = options.heap.bytes / 2
        let resting = try table(bytes, 0)
        let writers = try (1...threads).map { try WriterThread(table(bytes / threads + 1, $0)) }
        return (try WrittenHeap(resting: resting, writers: writers, forks: forks), live)
    }

    private func judge(_ heap: WrittenHeap, after time: UInt64, _ report: inout WorkloadReport) {
        report.tornBlocks = heap.tornBlocks(forks: forks)
        let rewritten = heap.writers.reduce(0) { $0 + $1.rewritten }
        report.operationsPerSecond = Double(rewritten) * 1e9 / Double(time)
        var findings = Findings()
        for writer in heap.writers { findings.add(writer.blocks.verify(0..<writer.blocks.count)) }
        let lost = findings.foreign + findings.corrupt
        let refusals = heap.writers.reduce(0) { $0 + $1.refusals }
        let words =
            lost > 0
            ? "\(lost) blocks of the writing threads do not contain what was last written to them"
            : refusals > 0 ? "malloc returned NULL \(refusals) times in the writing threads" : ""
        report.note((.parentChecksum, words.isEmpty ? .held : .broken, words), fork: 0, depth: 0)
    }
}
