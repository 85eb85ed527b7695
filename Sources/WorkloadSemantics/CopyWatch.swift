import Glibc
import LabBase

/// Paces a filler by the copying of a fork: it begins when less space is left than the fork found, and keeps
/// what it took until the fork has returned. It allocates nothing.
struct CopyWatch: Sendable {
    private let board: SharedBoard
    private let ballast: Ballast
    private let left, looks, isOver: Int

    /// A watch that lets the filler pass until it is set.
    init(_ board: SharedBoard, _ ballast: Ballast) {
        (self.board, self.ballast) = (board, ballast)
        (left, looks, isOver) = (board.newSlot(), board.newSlot(), board.newSlot())
        board[isOver] = 1
    }

    /// Sets it to the space left now. The filler must not have begun. Throws `SystemCallError`.
    func set() throws(SystemCallError) {
        board[left] = Int(try ballast.left())
        board[looks] = 0
        board[isOver] = 0
    }

    /// Waits until the filler is watching.
    func awaitLook(_ stage: Stage) throws { try stage.wait(for: looks) }

    /// Tells the filler that there is no further fork to watch.
    func end() { board[isOver] = 1 }

    /// In the filler: waits for a copy. Throws `SystemCallError`.
    func awaitCopy() throws(SystemCallError) {
        board[looks] = 1
        while board[isOver] == 0, try ballast.left() >= Int64(board[left]) {}
    }

    /// In the filler: waits until the fork has returned.
    func awaitEnd() {
        while board[isOver] == 0 { sched_yield() }
    }
}
