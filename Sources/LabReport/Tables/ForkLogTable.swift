import Algorithms
import Glibc
import LabBase
import LabStatistics
import Measurement
import TextTable

/// A fork log summed up: its forks and the copies that children made, with similar ones on one line, and its folds.
package struct ForkLogTable: Encodable {
    /// Forks, or copies of children, of one mode with one copier, one action and one error.
    struct Line: Encodable {
        /// The number of the mode.
        let mode: Int
        /// Who copied, or was to.
        let copier: ForkAccount.Copier
        /// The action that the library took.
        let action: ForkAccount.Action
        /// errno of a copy that failed; 0 if none did.
        let error: Int32
        /// The number of such forks.
        let forks: Int
        /// The number of processes that forked so, or of such children.
        let processes: Int
        /// Median nanoseconds of each phase on the side that the line is about.
        let phases: [String: Double]
        /// Median amounts: "bytes_live", "bytes_copied", "bytes_shared".
        let bytes: [String: Double]

        /// The title of the line: "mode=2 refused (No space left on device)".
        var title: String {
            let reason = error == 0 ? "" : " (\(String(cString: strerror(error))))"
            return "mode=\(mode) \(action.rawValue)\(reason)"
        }
    }

    /// The folds of all processes.
    struct Folds: Encodable {
        /// The number of processes that folded.
        let processes: Int
        /// Sums over the processes, but for the longest run, which is that of any.
        let tally: FoldTally
        /// Bytes of pools that waited to be folded, by the last line of each process; nil if the lines do not say.
        let bytesToFold: UInt64?
        /// What was in the way of them, each obstacle once.
        let obstacles: [String]
    }

    private static let parentSteps: [ForkStep] = [.reserve, .prepare, .kernelFork, .resumeParent]
    private static let childSteps: [ForkStep] = [.childCopy, .resumeChild]
    private static let amounts: [(name: String, value: @Sendable (ForkAccount) -> UInt64)] = [
        ("bytes_live", { $0.bytesLive }), ("bytes_copied", { $0.bytesCopied }),
        ("bytes_shared", { $0.bytesShared }),
    ]

    private let lines: [Line]
    /// The copies that children made.
    private let copies: [Line]
    /// nil if nothing was folded.
    private let folds: Folds?

    /// Sums up the log at `path`. Throws `InputError` if it cannot be read or has no line about a fork.
    package init(reading path: String) throws(InputError) {
        let advice = "give the file of VMMALLOC_FORK_LOG"
        let log = ForkLog(try InputFile.read(path, advice: advice))
        guard !log.forks.isEmpty else { throw InputError(path, "holds no line about a fork; \(advice)") }
        self.init(log)
    }

    /// Sums up `log`.
    init(_ log: ForkLog) {
        lines = Self.lines(log.forks.map { ($0.pid, $0.account) }) { account in
            Self.parentSteps.map { ($0, $0.nanoseconds(parent: account, child: nil)) }
        }
        copies = Self.lines(log.copies.map { ($0.child, $0.account) }) { account in
            Self.childSteps.map { ($0, $0.nanoseconds(parent: nil, child: account)) }
        }
        folds = Self.folds(log)
    }

    /// Of each program that a process ran the last line about folds counts, which has its sums.
    private static func folds(_ log: ForkLog) -> Folds? {
        var last: [Int32: ForkLog.Fold] = [:]
        var sum = FoldTally()
        func add(_ tally: FoldTally) {
            sum = FoldTally(
                folds: sum.folds &+ tally.folds, bytes: sum.bytes &+ tally.bytes,
                foldNs: sum.foldNs &+ tally.foldNs, longestNs: max(sum.longestNs, tally.longestNs))
        }
        for fold in log.folds {
            // Sums begin again with exec.
            if let earlier = last[fold.pid]?.tally, earlier.foldNs > fold.tally.foldNs { add(earlier) }
            last[fold.pid] = fold
        }
        for fold in last.values { add(fold.tally) }
        let forked = Dictionary(log.forks.map { ($0.pid, $0.waiting) }) { _, later in later }
        let known = forked.merging(last.mapValues(\.waiting)) { $1 }.values.compactMap(\.self)
        let waiting = known.filter { $0.bytesToFold > 0 }
        guard !last.isEmpty || !waiting.isEmpty else { return nil }
        return Folds(
            processes: last.count, tally: sum,
            bytesToFold: known.isEmpty ? nil : waiting.map(\.bytesToFold).reduce(0, &+),
            obstacles: waiting.map(\.foldObstacle).filter { $0 != "none" }.uniqued(on: \.self).sorted())
    }

    private static func lines(
        _ accounts: [(process: Int32, account: ForkAccount)],
        _ phases: (ForkAccount) -> [(ForkStep, UInt64?)]
    ) -> [Line] {
        let groups = Dictionary(grouping: accounts) { entry in
            let account = entry.account
            return "\(account.mode.rawValue) \(account.copier) \(account.action) \(account.error)"
        }
        return groups.values.map { line($0, phases) }.sorted { $0.title < $1.title }
    }

    private static func line(
        _ entries: [(process: Int32, account: ForkAccount)],
        _ phases: (ForkAccount) -> [(ForkStep, UInt64?)]
    ) -> Line {
        func median(_ values: [UInt64]) -> Double? {
            SampleSummary(values.map { Double($0) })?.median
        }
        let account = entries[0].account
        var times: [String: [UInt64]] = [:]
        for (step, time) in entries.flatMap({ phases($0.account) }) {
            if let time { times[step.rawValue, default: []].append(time) }
        }
        var bytes: [String: Double] = [:]
        for amount in amounts { bytes[amount.name] = median(entries.map { amount.value($0.account) }) }
        return Line(
            mode: account.mode.rawValue, copier: account.copier, action: account.action,
            error: account.error, forks: entries.count, processes: Set(entries.map(\.process)).count,
            phases: times.compactMapValues(median), bytes: bytes)
    }

    /// The tables as text for a terminal.
    package var text: String {
        var tables = [Self.table(lines, title: "", steps: Self.parentSteps)]
        if !copies.isEmpty {
            tables.append(Self.table(copies, title: "copies of children", steps: Self.childSteps))
        }
        if let folds { tables.append(Self.table(folds)) }
        return tables.joined(separator: "\n")
    }

    private static func table(_ lines: [Line], title: String, steps: [ForkStep]) -> String {
        let table = TextTable<Line> { line in
            let counts = [("forks", "\(line.forks)"), ("processes", "\(line.processes)")]
            let phases = steps.map { step in
                (step.rawValue, line.phases[step.rawValue].map(Quantity.nanoseconds) ?? "-")
            }
            let bytes = amounts.map { amount in
                (amount.name, line.bytes[amount.name].map(Quantity.bytes) ?? "-")
            }
            return [Column(title: title, value: line.title, align: .left)]
                + (counts + phases + bytes).map { Column(title: $0.0, value: $0.1, align: .right) }
        }
        return table.string(for: lines, style: Style.simple) ?? ""
    }

    private static func table(_ folds: Folds) -> String {
        let table = TextTable<Folds> { folds in
            [
                Column(title: "folds", value: "\(folds.tally.folds)", align: .right),
                Column(title: "processes", value: "\(folds.processes)", align: .right),
                Column(title: "bytes", value: Quantity.bytes(Double(folds.tally.bytes)), align: .right),
                Column(title: "time", value: Quantity.nanoseconds(Double(folds.tally.foldNs)), align: .right),
                Column(
                    title: "longest", value: Quantity.nanoseconds(Double(folds.tally.longestNs)),
                    align: .right),
                Column(
                    title: "waiting", value: folds.bytesToFold.map { Quantity.bytes(Double($0)) } ?? "-",
                    align: .right),
                Column(
                    title: "because of",
                    value: folds.obstacles.isEmpty ? "-" : folds.obstacles.joined(separator: ", "),
                    align: .left),
            ]
        }
        return table.string(for: [folds], style: Style.simple) ?? ""
    }
}
