import Measurement
import WorkloadBase
import WorkloadSchema

extension RoundsWorkload {
    /// Runs all rounds beside `groups`, which are already running, and the threads that `options` ask for; then
    /// calls `finish` with the report so far, and emits the complete report.
    mutating func runProbed(
        _ contents: Contents, by groups: [ProbeGroup] = [], _ options: RoundOptions,
        finish: (inout WorkloadReport) throws -> Void = { _ in }
    ) throws {
        let probing = options.probing
        let emit = options.reporting.emit
        let all =
            groups
            + (try StallProbe.start(
                rate: stallRate, longestRun: probing.longestRun))
        if !all.isEmpty { lead = UInt64(probing.lead) * 1_000_000 }
        try run(contents, emit: emit)
        for group in all { group.stop() }
        var report = results()
        try emit(report)
        try finish(&report)
        report.latencies = all.flatMap { $0.profiles(moments) }
        noteRequests(in: &report, full: all.filter(\.ranFull).map(\.name))
        report.complete = true
        try emit(report)
    }

    /// Whether all requests were answered; not known if probes were `full` before the end.
    private func noteRequests(in report: inout WorkloadReport, full: [String]) {
        guard !report.latencies.isEmpty else { return }
        let failures = Dictionary(
            report.latencies.map { ($0.probe, $0.failures) }, uniquingKeysWith: max)
        let failed = failures.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        let words = failed.map { "\($0.value) of the \($0.key) probe" }.joined(separator: ", ")
        if failed.isEmpty && !full.isEmpty {
            let names = full.joined(separator: ", ")
            return report.note(
                (.answered, .unknown, "the log was full before the end: \(names)"), fork: 0,
                depth: 0)
        }
        report.note((.answered, failed.isEmpty ? .held : .broken, words), fork: 0, depth: 0)
    }
}
