import LabScenario
import Measurement

/// A way to treat forks that a recommendation weighs: a mode, and the setting that changes what it promises.
package struct Candidate: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The value of VMMALLOC_FORK_SPACE.
    enum ForkSpace: String, Codable, CaseIterable, Sendable {
        /// A reflink may need space later that nobody keeps free.
        case overcommit
        /// No later write can meet a full file system.
        case strict
    }

    /// The value of VMMALLOC_FORK.
    let mode: ForkMode
    /// nil where it makes no difference: only a reflink can overcommit.
    let forkSpace: ForkSpace?

    /// A mode, with a setting where it makes a difference.
    init(_ mode: ForkMode, forkSpace: ForkSpace? = nil) {
        self.mode = mode
        self.forkSpace = forkSpace
    }

    /// That which `cell` measures; nil for a reference.
    init?(_ cell: Cell) {
        guard case .mode(let mode) = cell.contender else { return nil }
        self.init(mode, forkSpace: cell[LibrarySetting.forkSpace].flatMap(ForkSpace.init))
    }

    /// Every candidate on a file system, the one that is to be taken first where nothing tells them apart. Mode 0 is
    /// none: it promises nothing, and what does not break in a trial may break later.
    ///
    /// Mode 1 is the default of the library. Mode 3 stands before mode 2 because it never refuses a fork; strict before
    /// overcommit because it never ends in SIGBUS, unless space is kept free for the forks (`isSpaceKept`).
    static func all(reflink: Bool, isSpaceKept: Bool) -> [Candidate] {
        let spaces: [ForkSpace?] =
            reflink ? (isSpaceKept ? [.overcommit, .strict] : [.strict, .overcommit]) : [nil]
        return [Candidate(.privateRemap)]
            + spaces.flatMap {
                [Candidate(.copyOrRemap, forkSpace: $0), Candidate(.poolCopy, forkSpace: $0)]
            }
    }

    /// The environment variables that set it.
    var environment: [(name: String, value: String)] {
        [("VMMALLOC_FORK", "\(mode.rawValue)")]
            + (forkSpace.map { [("VMMALLOC_FORK_SPACE", $0.rawValue)] } ?? [])
    }

    /// Whether its children get a file of their own.
    var copies: Bool { mode == .poolCopy || mode == .copyOrRemap }

    /// "mode 2, strict".
    package var description: String {
        "mode \(mode.rawValue)" + (forkSpace.map { ", \($0.rawValue)" } ?? "")
    }
}
