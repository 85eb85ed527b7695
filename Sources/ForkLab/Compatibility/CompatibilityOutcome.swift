import Measurement

/// What one run of a program came to, under the library or without it.
struct CompatibilityOutcome {
    /// The checks that it made.
    let checks: CheckList
    /// Why it did not come to its end; nil if it did.
    let cut: String?
    /// What it last wrote to standard error.
    let lastWords: [String]
    /// Its forks, and those of its children.
    let forks: [ForkLog.Entry]
    /// Whether the script saw a process with its heap in the pool.
    let sawPool: Bool
    /// Nanoseconds.
    let elapsed: UInt64

    /// What did not succeed, each with its details.
    var failures: [CompatibilityFailure] {
        let failed = checks.checks.filter { $0.status == .failed }.map {
            CompatibilityFailure($0.name, $0.details)
        }
        return failed + (cut.map { [CompatibilityFailure(CompatibilityFailure.end, [$0] + lastWords)] } ?? [])
    }

    /// What shows that the library was not at work in `mode`; nil if it was.
    func missingProof(of mode: ForkMode) -> CompatibilityFailure? {
        if let stray = forks.first(where: { !mode.admits($0.account) }) {
            let account = stray.account
            return CompatibilityFailure(
                CompatibilityFailure.heap,
                ["a fork of mode \(account.mode.rawValue) did \(account.action.rawValue)"])
        }
        let effective = forks.contains { $0.account.action != .none && $0.account.action != .refused }
        guard effective || sawPool else {
            return CompatibilityFailure(
                CompatibilityFailure.heap, ["nothing shows that a heap lay in the pool"])
        }
        return nil
    }
}

/// Something that a run found wrong.
public struct CompatibilityFailure: Codable, Equatable, Sendable {
    /// What stands in place of a check where the run did not end well.
    static let end = "end"
    /// What stands in place of a check where the library was not seen at work.
    static let heap = "heap"

    /// The check, "end" or "heap".
    public let check: String
    /// What is known of it.
    public let details: [String]

    init(_ check: String, _ details: [String]) {
        self.check = check
        self.details = details
    }
}

extension ForkMode {
    /// Whether a fork of this mode may say so.
    fileprivate func admits(_ account: ForkAccount) -> Bool {
        guard account.mode == self else { return false }
        return switch self {
        case .disabled: account.action == .none
        case .privateRemap: account.action == .remap || account.action == .none
        case .poolCopy: account.action.isCopy || account.action == .refused
        case .copyOrRemap: account.action != .refused
        }
    }
}
