import LabBase
import Measurement
import WorkloadSchema

/// Keeps the samples with the most memory of the processes, the most used space, and the most memory of the system.
struct UsagePeaks: Sendable {
    private static let amounts: [@Sendable (WorkloadReport.Usage) -> Int64] = [
        \.anonymousCost, { $0.fileSystem?.used ?? 0 }, \.system.unreclaimable,
    ]

    private var highest = [WorkloadReport.Usage?](repeating: nil, count: amounts.count)

    /// Takes another sample into account.
    mutating func add(_ usage: WorkloadReport.Usage) {
        for (index, amount) in Self.amounts.enumerated() {
            if let known = highest[index], amount(known) >= amount(usage) { continue }
            highest[index] = usage
        }
    }

    /// Those samples, each once, in the order of time.
    var usages: [WorkloadReport.Usage] {
        Dictionary(highest.compactMap { $0 }.map { ($0.at, $0) }) { first, _ in first }
            .values.sorted { $0.at < $1.at }
    }
}

extension WorkloadReport {
    /// Adds the peaks among `samples` to the records of each fork of the first process: from before it until
    /// its children were gone, or the next fork began.
    mutating func addPeaks(among samples: [Usage]) {
        let own = usages.filter { $0.depth == 1 }
        let begins = own.filter { $0.boundary == .beforeFork }.sorted { $0.at < $1.at }
        for (index, begin) in begins.enumerated() {
            let next = index + 1 < begins.count ? begins[index + 1].at : .max
            let exit = own.last { $0.boundary == .afterExit && $0.fork == begin.fork }?.at ?? .max
            var peaks = UsagePeaks()
            for var sample in samples where sample.at > begin.at && sample.at < min(next, exit) {
                sample.fork = begin.fork
                peaks.add(sample)
            }
            usages += peaks.usages
        }
    }
}
