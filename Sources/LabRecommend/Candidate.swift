import LabScenario
import Measurement

/// A configuration that a recommendation considers: a mode, and the settings that change what it promises and who pays.
package struct Candidate: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The value of VMMALLOC_FORK_SPACE.
    enum ForkSpace: String, Codable, CaseIterable, Sendable {
        /// A reflink may later need space that nobody keeps free.
        case overcommit
        /// No later write can meet a full file system.
        case strict
    }

    /// The value of VMMALLOC_FORK.
    let mode: ForkMode
    /// The setting; nil if it makes no difference, since only a reflink can overcommit.
    let forkSpace: ForkSpace?
    /// The value of VMMALLOC_FORK_COPIER; `parent` where nobody copies.
    let copier: ForkAccount.Copier

    /// A mode, with settings where they make a difference.
    init(_ mode: ForkMode, forkSpace: ForkSpace? = nil, copier: ForkAccount.Copier = .parent) {
        self.mode = mode
        self.forkSpace = forkSpace
        self.copier = copier
    }

    /// The candidate that `cell` measures; nil for a reference.
    init?(_ cell: Cell) {
        guard case .mode(let mode) = cell.contender else { return nil }
        self.init(
            mode, forkSpace: cell[LibrarySetting.forkSpace].flatMap(ForkSpace.init),
            copier: cell[LibrarySetting.forkCopier].flatMap(ForkAccount.Copier.init) ?? .parent)
    }

    /// How the heaps are kept apart.
    enum Kind: CaseIterable {
        /// By copy on write.
        case remap
        /// By a copy that the parent makes.
        case parentCopies
        /// By a copy that the child makes.
        case childCopies
    }

    /// How its heaps are kept apart.
    var kind: Kind { !copies ? .remap : copier == .child ? .childCopies : .parentCopies }

    /// Every candidate on a file system, in order of preference if nothing distinguishes them. Mode 0 is never a candidate:
    /// it promises nothing, and what does not break in a trial may break later.
    ///
    /// Mode 1 is the library's default. Mode 3 comes before mode 2 because it never refuses a fork; strict before
    /// overcommit because it never ends in SIGBUS, unless space is kept free for the forks (`isSpaceKept`). Where the child
    /// copies no fork is refused for space, so mode 3 is the same as mode 2.
    static func all(reflink: Bool, isSpaceKept: Bool) -> [Candidate] {
        let spaces: [ForkSpace?] =
            reflink ? (isSpaceKept ? [.overcommit, .strict] : [.strict, .overcommit]) : [nil]
        return [Candidate(.privateRemap)]
            + spaces.flatMap {
                [Candidate(.copyOrRemap, forkSpace: $0), Candidate(.poolCopy, forkSpace: $0)]
            } + spaces.map { Candidate(.poolCopy, forkSpace: $0, copier: .child) }
    }

    /// The environment variables that select it.
    var environment: [(name: String, value: String)] {
        [("VMMALLOC_FORK", "\(mode.rawValue)")]
            + (forkSpace.map { [("VMMALLOC_FORK_SPACE", $0.rawValue)] } ?? [])
            + (copier == .child ? [("VMMALLOC_FORK_COPIER", copier.rawValue)] : [])
    }

    /// Whether its children get their own files.
    var copies: Bool { mode == .poolCopy || mode == .copyOrRemap }

    /// "mode 2, strict, child copies".
    package var description: String {
        "mode \(mode.rawValue)" + (forkSpace.map { ", \($0.rawValue)" } ?? "")
            + (copier == .child ? ", child copies" : "")
    }
}
