import Glibc
import LabBase
import LabStatistics
import Measurement
import TextTable

/// The forks of a log, with similar ones on one line.
package struct ForkLogTable: Encodable {
    /// Forks of one mode with one action and one error.
    struct Line: Encodable {
        /// The number of the mode.
        let mode: Int
        /// The action that the library took.
        let action: ForkAccount.Action
        /// errno of a copy that failed; 0 if none did.
        let error: Int32
        /// The number of such forks.
        let forks: Int
        /// The number of processes that forked so.
        let processes: Int
        /// Median nanoseconds of each phase in the parent.
        let phases: [String: Double]
        /// Median amounts: "bytes_live", "bytes_copied", "bytes_shared".
        let bytes: [String: Double]

        /// The title of the line: "mode=2 refused (No space left on device)".
        var title: String {
            let reason = error == 0 ? "" : " (\(String(cString: strerror(error))))"
            return "mode=\(mode) \(action.rawValue)\(reason)"
        }
    }

    private static let steps = ForkStep.allCases.filter { $0 != .resumeChild }
    private static let amounts: [(name: String, value: @Sendable (ForkAccount) -> UInt64)] = [
        ("bytes_live", { $0.bytesLive }), ("bytes_copied", { $0.bytesCopied }),
        ("bytes_shared", { $0.bytesShared }),
    ]

    private let lines: [Line]

    /// Sums up the log at `path`. Throws `InputError` if it cannot be read or has no line about a fork.
    package init(reading path: String) throws(InputError) {
        let advice = "give the file of VMMALLOC_FORK_LOG"
        let entries = ForkLog.parse(try InputFile.read(path, advice: advice))
        guard !entries.isEmpty else { throw InputError(path, "holds no line about a fork; \(advice)") }
        self.init(entries)
    }

    /// Sums up `entries`.
    init(_ entries: [ForkLog.Entry]) {
        let groups = Dictionary(grouping: entries) { entry in
            "\(entry.account.mode.rawValue) \(entry.account.action.rawValue) \(entry.account.error)"
        }
        lines = groups.values.map(Self.line).sorted { $0.title < $1.title }
    }

    private static func line(_ entries: [ForkLog.Entry]) -> Line {
        func median(_ value: (ForkAccount) -> UInt64?) -> Double? {
            SampleSummary(entries.compactMap { value($0.account).map { Double($0) } })?.median
        }
        let account = entries[0].account
        var phases: [String: Double] = [:]
        for step in steps { phases[step.rawValue] = median { step.nanoseconds(parent: $0, child: nil) } }
        var bytes: [String: Double] = [:]
        for amount in amounts { bytes[amount.name] = median(amount.value) }
        return Line(
            mode: account.mode.rawValue, action: account.action, error: account.error, forks: entries.count,
            processes: Set(entries.map(\.pid)).count, phases: phases, bytes: bytes)
    }

    /// The table as text for a terminal.
    package var text: String {
        let table = TextTable<Line> { line in
            let counts = [("forks", "\(line.forks)"), ("processes", "\(line.processes)")]
            let phases = Self.steps.map { step in
                (step.rawValue, line.phases[step.rawValue].map(Quantity.nanoseconds) ?? "-")
            }
            let bytes = Self.amounts.map { amount in
                (amount.name, line.bytes[amount.name].map(Quantity.bytes) ?? "-")
            }
            return [Column(title: "", value: line.title, align: .left)]
                + (counts + phases + bytes).map { Column(title: $0.0, value: $0.1, align: .right) }
        }
        return table.string(for: lines, style: Style.simple) ?? ""
    }
}
