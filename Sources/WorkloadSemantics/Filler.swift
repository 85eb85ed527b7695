import Glibc

/// Controls a thread that takes something until nothing is left and gives it back, again and again. It
/// allocates nothing itself.
struct Filler: Sendable {
    private let board: SharedBoard
    private let go, filled, idle: Int

    init(_ board: SharedBoard) {
        self.board = board
        (go, filled, idle) = (board.newSlot(), board.newSlot(), board.newSlot())
    }

    /// The work of the thread; it ends when there is a number in the slot `stop`.
    func run(until stop: Int, takeAll: () -> Void, giveBack: () -> Void) {
        while board[stop] == 0 {
            guard board[go] == 1 else {
                board[idle] = 1
                sched_yield()
                continue
            }
            board[idle] = 0
            takeAll()
            board[filled] = 1
            giveBack()
        }
    }

    /// Lets the thread begin.
    func begin() {
        board[filled] = 0
        board[go] = 1
    }

    /// Whether it has taken everything once since it began.
    var hasFilled: Bool { board[filled] == 1 }

    /// Waits until it has taken everything once.
    func awaitFull(_ stage: Stage) throws { try stage.wait(for: filled) }

    /// Returns when it has given everything back and will not begin again.
    func end(_ stage: Stage) throws {
        board[go] = 0
        board[idle] = 0
        try stage.wait(for: idle)
    }
}
