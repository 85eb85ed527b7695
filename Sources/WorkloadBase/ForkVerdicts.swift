import Glibc
import LabBase
import Measurement
import WorkloadSchema

/// The effect of a fork on the heap, as the mappings of parent and child show it.
package struct SeenEffect {
    package let effect: ForkEffect
    /// Whether the block lies in the pool in both processes.
    let isInPool: Bool
    /// Whether the block was mapped private in the parent right after the fork; nil if nobody looked.
    let wasFrozen: Bool?

    /// Looks up `block` in this process and in `child`; nil if either cannot be looked at. `frozen` says what was seen right after
    /// the fork: by now a heap whose child copies may have been folded.
    package init?(
        of block: UnsafeRawPointer, child: Int32, pool: PoolExpectation?, frozen: Bool? = nil
    ) {
        wasFrozen = frozen
        guard let ours = try? HeapPlacement(of: block),
            let theirs = try? HeapPlacement(of: block, process: child)
        else { return nil }
        effect = ForkEffect(parent: ours, child: theirs)
        isInPool = pool.map { ours.isPool(in: $0.directory) && theirs.isPool(in: $0.directory) } ?? false
    }
}

/// Judges one fork against what was asked for.
package struct ForkVerdicts {
    package let expectation: PoolExpectation?
    /// The effect that was seen; nil if it could not be seen.
    package let seen: SeenEffect?

    /// Judges the effect `seen`, nil if nothing was seen, against `expectation`, nil if there is no pool.
    package init(expectation: PoolExpectation?, seen: SeenEffect?) {
        self.expectation = expectation
        self.seen = seen
    }

    /// Whether the mode took effect.
    package var mode: (Check, Outcome, String) {
        guard let expectation else { return (.modeTookEffect, .notApplicable, "") }
        guard let seen else { return (.modeTookEffect, .unknown, "") }
        let copier = expectation.copier
        let isFrozen = seen.wasFrozen != false
        let held = seen.isInPool && isFrozen && expectation.mode.admits(seen.effect, copier: copier)
        let place = seen.isInPool ? "" : ", outside the pool"
        let sharing = isFrozen ? "" : ", but the parent was not private after the fork"
        return (.modeTookEffect, held ? .held : .broken, seen.effect.rawValue + place + sharing)
    }

    /// Whether the library's accounts agree with the effect and with each other.
    package func accounts(parent: ForkAccount?, child: ForkAccount?) -> (Check, Outcome, String) {
        guard let expectation, expectation.givesAccounts else { return (.forkReport, .notApplicable, "") }
        guard let seen, let parent, let child else { return (.forkReport, .unknown, "") }
        let sides = [("parent", parent), ("child", child)]
        for (side, account) in sides {
            let contradiction = account.contradiction(
                to: expectation.mode, effect: seen.effect, forced: expectation.forcedEngine)
            if let contradiction = contradiction ?? account.contradiction(to: expectation.copier) {
                return (.forkReport, .broken, "the \(side) \(contradiction)")
            }
        }
        if expectation.copier == .child { return Self.deferred(parent: parent, child: child) }
        guard parent.action != child.action else { return (.forkReport, .held, "") }
        let words = sides.map { "the \($0) says \($1.action.rawValue)" }.joined(separator: ", ")
        return (.forkReport, .broken, words)
    }

    /// Whether the accounts of a parent that leaves the copy to its child, and of that child, agree with each other.
    private static func deferred(
        parent: ForkAccount, child: ForkAccount
    ) -> (Check, Outcome, String) {
        guard parent.action == .deferred else {
            return (
                .forkReport, .broken, "the parent says \(parent.action.rawValue) where its child was to copy"
            )
        }
        guard child.action.isCopy || child.action == .remap else {
            return (.forkReport, .broken, "the child that was to copy says \(child.action.rawValue)")
        }
        return (.forkReport, .held, "")
    }

    /// The verdict on a fork that returned -1 with the error number `code` and the library's `account`.
    package static func failed(_ code: Int32, _ account: ForkAccount?) -> (Check, Outcome, String) {
        let reason = account.map { " (the copy: \(String(cString: strerror($0.error))))" } ?? ""
        return (.forked, .broken, "fork failed: \(String(cString: strerror(code)))\(reason)")
    }

    /// The verdict on whether the child ended as it should.
    package static func child(_ end: ChildEnd, value: Int32) -> (Check, Outcome, String) {
        switch end {
        case .unknown: (.childExit, .unknown, "")
        case .exited where value == 0: (.childExit, .held, "")
        case .exited: (.childExit, .broken, "exit status \(value)")
        case .signalled: (.childExit, .broken, "killed by \(SignalName.of(value))")
        case .hung: (.childExit, .broken, "did not answer in time, was killed")
        }
    }
}
