import Glibc
import Measurement
import WorkloadSchema

/// Judges the placement of a server's heap and what forks did to it.
struct ServerVerdicts {
    /// The mode that the cell asks for.
    let mode: ForkMode
    /// The copy engine that the cell forces; nil: none.
    let forcedEngine: ForkAccount.Action?
    /// Which side is to copy in a mode that copies.
    var copier = ForkAccount.Copier.parent

    /// Bytes of memory beside the pool that a program may have in any case: globals, stacks, metadata.
    private static let unsuspicious: Int64 = 32 << 20

    /// Whether the heap lies in the pool: `heap` is the mapping that was found, `counters` the server's.
    static func heapInPool(_ heap: MemoryMapping?, _ counters: MemoryCounters?) -> (Outcome, String) {
        guard heap != nil else { return (.broken, "no mapping of the server belongs to the pool") }
        guard let counters else { return (.unknown, "") }
        let inPool = counters.rssFile + counters.rssShmem
        if counters.rssAnon > max(unsuspicious, inPool) {
            let megabytes = (counters.rssAnon >> 20, inPool >> 20)
            return (
                .broken,
                "\(megabytes.0) MiB of the server are anonymous memory, \(megabytes.1) MiB lie in the pool and "
                    + "other files: it has its own allocator"
            )
        }
        return (.held, "")
    }

    /// Whether the server forked, by the lines of the fork log since the trigger.
    func forked(_ log: ForkLog) -> (Outcome, String) {
        guard !log.forks.isEmpty else { return (.broken, "the trigger made no fork under the library") }
        guard let refused = log.forks.first(where: { $0.account.action == .refused }) else {
            return (.held, "")
        }
        return (.broken, "fork was refused: \(String(cString: strerror(refused.account.error)))")
    }

    /// Whether the forks did what the mode promises, by the mappings of the children that were caught alive, or
    /// else by the log.
    func tookEffect(_ effects: [ForkEffect], _ log: ForkLog) -> (Outcome, String) {
        if let wrong = effects.first(where: { !mode.admits($0, copier: copier) }) {
            return (.broken, wrong.rawValue)
        }
        // A child that is still at its copy looks like one that could not make it: for that its own line counts.
        let whole = copier == .child ? effects.filter { $0 == .poolCopied } : effects
        if let seen = whole.first { return (.held, seen.rawValue) }
        guard let first = log.forks.first else { return (.unknown, "") }
        let accounts = log.forks.map(\.account) + log.copies.map(\.account)
        let words = ([first.account] + log.copies.prefix(1).map(\.account)).map(\.action.rawValue)
        return (
            accounts.allSatisfy { admits($0.action) } ? .held : .broken,
            "\(words.joined(separator: ", ")), according to the fork log: the children were gone before they "
                + "could be looked at"
        )
    }

    private func admits(_ action: ForkAccount.Action) -> Bool {
        switch mode {
        case .disabled: action == .none
        case .privateRemap: action == .remap || action == .none
        case .poolCopy where copier == .parent: action.isCopy
        case .copyOrRemap where copier == .parent: action.isCopy || action == .remap || action == .none
        // The parent's, and its child's.
        case .poolCopy, .copyOrRemap: action == .deferred || action.isCopy || action == .remap
        }
    }

    /// Whether the log agrees with what was seen.
    func forkReport(_ effects: [ForkEffect], _ log: ForkLog) -> (Outcome, String) {
        guard !log.forks.isEmpty else { return (.unknown, "") }
        for entry in log.forks where entry.account.action != .refused {
            if entry.account.mode != mode {
                return (
                    .broken,
                    "the log says mode \(entry.account.mode.rawValue) where \(mode.rawValue) was asked for"
                )
            }
            if mode.copies, let contradiction = entry.account.contradiction(to: copier) {
                return (.broken, "the log \(contradiction)")
            }
            // One fork and one child: the two belong together.
            if log.forks.count == 1, effects.count == 1, let effect = effects.first,
                let contradiction = entry.account.contradiction(
                    to: mode, effect: effect, forced: forcedEngine)
            {
                return (.broken, "the log \(contradiction)")
            }
        }
        for copy in log.copies {
            let effect: ForkEffect = copy.account.action.isCopy ? .poolCopied : .poolRemapped
            if let contradiction = copy.account.contradiction(
                to: mode, effect: effect, forced: forcedEngine)
            {
                return (.broken, "a child's line in the log \(contradiction)")
            }
        }
        return (.held, "")
    }
}
