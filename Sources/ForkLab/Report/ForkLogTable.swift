import Glibc
import Measurement
import TextTable

/// The forks of a log, those alike in one line.
public struct ForkLogTable {
    private struct Line {
        let title: String
        let cells: [String]
    }

    private static let titles =
        ["forks", "processes"] + ForkStep.allCases.filter { $0 != .resumeChild }.map(\.rawValue)
        + ["bytes_live", "bytes_copied", "bytes_shared"]

    private let lines: [Line]

    /// Sums up `entries`.
    public init(_ entries: [ForkLog.Entry]) {
        let groups = Dictionary(grouping: entries) { Self.title($0.account) }
        lines = groups.sorted { $0.key < $1.key }.map { title, entries in
            Line(title: title, cells: Self.cells(entries))
        }
    }

    /// For a terminal.
    public var text: String {
        let table = TextTable<Line> { line in
            [Column(title: "", value: line.title, align: .left)]
                + zip(Self.titles, line.cells).map { Column(title: $0, value: $1, align: .right) }
        }
        return table.string(for: lines, style: Style.simple) ?? ""
    }

    /// "mode=2 refused (No space left on device)".
    private static func title(_ account: ForkAccount) -> String {
        let reason = account.error == 0 ? "" : " (\(String(cString: strerror(account.error))))"
        return "mode=\(account.mode.rawValue) \(account.action.rawValue)\(reason)"
    }

    private static func cells(_ entries: [ForkLog.Entry]) -> [String] {
        func median(_ value: (ForkAccount) -> UInt64?) -> Double? {
            Quantile.median(of: entries.compactMap { value($0.account).map { Double($0) } })
        }
        let times = ForkStep.allCases.filter { $0 != .resumeChild }.map { step in
            median { step.nanoseconds(parent: $0, child: nil) }.map(Quantity.nanoseconds) ?? "-"
        }
        let bytes = [\ForkAccount.bytesLive, \.bytesCopied, \.bytesShared].map { path in
            median { $0[keyPath: path] }.map(Quantity.bytes) ?? "-"
        }
        return ["\(entries.count)", "\(Set(entries.map(\.pid)).count)"] + times + bytes
    }
}
