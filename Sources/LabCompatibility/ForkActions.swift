import Measurement

/// Counts of what the forks of a program did.
struct ForkActions: Codable, Equatable {
    /// How many forks took each action.
    private(set) var counts: [ForkAccount.Action: Int] = [:]
    /// A description of the first action that the requested mode does not allow; nil if there was none.
    private(set) var stray: String?

    /// Counts a fork of a program that runs in `mode`.
    mutating func add(_ account: ForkAccount, in mode: ForkMode) {
        counts[account.action, default: 0] += 1
        if stray == nil && !mode.admits(account) {
            stray = "a fork of mode \(account.mode.rawValue) did \(account.action.rawValue)"
        }
    }

    /// Whether any fork did something to a heap.
    var anyEffective: Bool { counts.keys.contains { $0 != .none && $0 != .refused } }
}

extension ForkMode {
    /// Whether a fork in this mode may report such an account.
    fileprivate func admits(_ account: ForkAccount) -> Bool {
        guard account.mode == self else { return false }
        return switch self {
        case .disabled: account.action == .none
        case .privateRemap: account.action == .remap || account.action == .none
        case .poolCopy: account.action.isCopy || account.action == .deferred || account.action == .refused
        case .copyOrRemap: account.action != .refused
        }
    }
}
