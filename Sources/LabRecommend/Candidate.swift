import LabScenario
import Measurement

/// A configuration that a recommendation considers: a mode, and the setting that changes what it promises.
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

    /// A mode, with a setting if that makes a difference.
    init(_ mode: ForkMode, forkSpace: ForkSpace? = nil) {
        self.mode = mode
        self.forkSpace = forkSpace
    }

    /// The candidate that `cell` measures; nil for a reference.
    init?(_ cell: Cell) {
        guard case .mode(let mode) = cell.contender else { return nil }
        self.init(mode, forkSpace: cell[LibrarySetting.forkSpace].flatMap(ForkSpace.init))
    }

    /// Every candidate on a file system, in order of preference if nothing distinguishes them. Mode 0 is never a candidate:
    /// it promises nothing, and what does not break in a trial may break later.
    ///
    /// Mode 1 is the library's default. Mode 3 comes before mode 2 because it never refuses a fork; strict before
    /// overcommit because it never ends in SIGBUS, unless space is kept free for the forks (`isSpaceKept`).
    static func all(reflink: Bool, isSpaceKept: Bool) -> [Candidate] {
        let spaces: [ForkSpace?] =
            reflink ? (isSpaceKept ? [.overcommit, .strict] : [.strict, .overcommit]) : [nil]
        return [Candidate(.privateRemap)]
            + spaces.flatMap {
                [Candidate(.copyOrRemap, forkSpace: $0), Candidate(.poolCopy, forkSpace: $0)]
            }
    }

    /// The environment variables that select it.
    var environment: [(name: String, value: String)] {
        [("VMMALLOC_FORK", "\(mode.rawValue)")]
            + (forkSpace.map { [("VMMALLOC_FORK_SPACE", $0.rawValue)] } ?? [])
    }

    /// Whether its children get their own files.
    var copies: Bool { mode == .poolCopy || mode == .copyOrRemap }

    /// "mode 2, strict".
    package var description: String {
        "mode \(mode.rawValue)" + (forkSpace.map { ", \($0.rawValue)" } ?? "")
    }
}
