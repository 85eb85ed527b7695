import CProcess
import Glibc
import LabBase
import Measurement
import WorkloadBase
import WorkloadSchema

/// The common part of workloads that fork in rounds, from the first item to the last verdict.
struct RoundsWorkload<Contents: HeapContents> {
    private let family: ForkFamily
    private(set) var report: WorkloadReport
    /// Calls each fork of the first process, and does whatever must surround it.
    var aroundFork: (() -> pid_t) -> pid_t = { $0() }

    /// Nanoseconds to wait before each round, and after the last.
    var lead: UInt64 = 0

    /// How often a second the stall probe looks; 0: there is none.
    let stallRate: Int

    init(
        _ settings: ForkFamily.Settings, pool: PoolExpectation?, report: WorkloadReport, stallRate: Int
    ) throws {
        self.report = report
        self.stallRate = stallRate
        family = try ForkFamily(settings, pool: pool)
    }

    /// Records how the heap was filled with `contents`: `live` of `wanted` bytes were granted.
    mutating func noteFill(_ contents: Contents, live: Int, of wanted: Int, in time: Interval) {
        report.liveBytes = Int64(live)
        report.liveBlocks = Int64(contents.count)
        report.timings = [time.timing(.fill, fork: 0, depth: 0)]
        report.note(HeapVerdicts.filled(live, of: wanted), fork: 0, depth: 0)
        report.note(heapInPoolVerdict(contents), fork: 0, depth: 0)
    }

    /// Looks up evenly spaced items, including the first and the last, in the maps of this process.
    private mutating func heapInPoolVerdict(_ contents: Contents) -> (Check, Outcome, String) {
        guard let mappings = try? MemoryMapping.read(process: getpid()), contents.count > 0 else {
            return (.heapInPool, .unknown, "")
        }
        func placement(of item: Int) -> HeapPlacement? {
            contents.address(item).flatMap { HeapPlacement(of: UInt(bitPattern: $0), in: mappings) }
        }
        report.placement = placement(of: 0)
        let lookups = min(contents.count, 1000)
        let placements = (0..<lookups).map { placement(of: $0 * contents.count / lookups) }
        return HeapVerdicts.inPool(placements, family.pool)
    }

    /// Runs all rounds on `contents`. `emit` gets the report before the first, and in each when
    /// isolation has been verified. Throws `SystemCallError`, and whatever `emit` throws.
    func run(_ contents: Contents, emit: (WorkloadReport) throws -> Void) throws {
        try emit(report)
        for round in 1...family.settings.rounds {
            OpenLoop.sleep(until: Clock.nanoseconds + lead)
            var generation = Generation(
                family: family, contents: contents, place: GenerationPlace(round: round, depth: 1, number: 0),
                owner: Generation<Contents>.firstOwner)
            generation.aroundFork = aroundFork
            try generation.run { try emit(results()) }
        }
        OpenLoop.sleep(until: Clock.nanoseconds + lead)
    }

    /// The report with everything known about the rounds so far.
    func results() -> WorkloadReport {
        var report = report
        for index in 0..<family.records.count {
            RoundReport(family.records.round(index), expectation: family.pool).append(to: &report)
        }
        return report
    }

    /// When the successful forks of the first process happened.
    var moments: [(fork: Int, moments: ForkMoments)] {
        (0..<family.records.count).compactMap { index in
            let record = family.records.round(index).pointee
            guard record.depth == 1, record.forkResult > 0 else { return nil }
            let exit = record.childExit.end > 0 ? record.childExit.end : nil
            return (
                record.fork,
                ForkMoments(begin: record.forkStall.begin, end: record.forkStall.end, childExit: exit)
            )
        }
    }
}
