import Glibc
import LabBase

/// Paces a filler by what a fork copies: it begins when less is left of the file system than the fork found, and keeps
/// what it took until the fork has returned. It allocates nothing.
struct CopyWatch: Sendable {
    private let board: SharedBoard
    private let ballast: Ballast
    private let left, looks, isOver: Int

    /// One that lets the filler pass until it is set.
    init(_ board: SharedBoard, _ ballast: Ballast) {
        (self.board, self.ballast) = (board, ballast)
        (left, looks, isOver) = (board.newSlot(), board.newSlot(), board.newSlot())
        board[isOver] = 1
    }

    /// Sets it to what is left now. The filler must not have begun.
    func set() throws(SystemCallError) {
        board[left] = Int(try ballast.left())
        board[looks] = 0
        board[isOver] = 0
    }

    /// Waits until the filler looks.
    func awaitLook(_ stage: Stage) throws { try stage.wait(for: looks) }

    /// There is no fork any more to be watched.
    func end() { board[isOver] = 1 }

    /// The filler: waits for a copy.
    func awaitCopy() throws(SystemCallError) {
        board[looks] = 1
        while board[isOver] == 0, try ballast.left() >= Int64(board[left]) {}
    }

    /// The filler: waits until the fork has returned.
    func awaitEnd() {
        while board[isOver] == 0 { sched_yield() }
    }
}
