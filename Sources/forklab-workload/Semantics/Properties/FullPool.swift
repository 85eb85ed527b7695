import CProcess
import Glibc
import Measurement

/// A fork from a pool in which malloc returns NULL.
enum FullPoolForks: SemanticProgram {
    static let property = SemanticProperty.fullPoolForks

    static func decide(_ stage: Stage) throws -> Finding {
        try FullPool.fork(stage) { $0.heap.wrong(1) }
    }
}

/// Its child gets NULL until it has freed a block, and then that block's room.
enum FullPoolRecovers: SemanticProgram {
    static let property = SemanticProperty.fullPoolRecovers

    static func decide(_ stage: Stage) throws -> Finding {
        try FullPool.fork(stage) { stage in
            let heap = stage.heap
            if heap.allocate(1, of: FullPool.blockSize) != 0 { return 1 }
            heap.free { (1...4).contains($0) }
            let got = heap.allocate(4, of: FullPool.blockSize)
            heap.mark(2)
            return heap.wrong(2) + (4 - got)
        }
    }
}

/// Two threads fill the pool until malloc returns NULL, and free it again, all the time while the process forks.
enum PoolFillsDuringFork: SemanticProgram {
    static let property = SemanticProperty.poolFillsDuringFork

    static func decide(_ stage: Stage) throws -> Finding {
        guard stage.pool != nil else { return .notApplicable("there is no pool to fill") }
        stage.heap.allocate(100, of: FullPool.blockSize)
        try stage.proveInPool()
        stage.heap.mark(1)
        let stop = stage.board.newSlot()
        let fillers = (0..<2).map { _ in PoolFiller(stage.board) }
        let threads = try fillers.map { filler in try WorkerThread.start { filler.run(until: stop) } }
        let findings = try (0..<5).map { _ in try fork(stage, beside: fillers) }
        stage.board[stop] = 1
        for thread in threads { pthread_join(thread, nil) }
        return .all(findings)
    }

    /// While they fill the pool nothing here allocates.
    private static func fork(_ stage: Stage, beside fillers: [PoolFiller]) throws -> Finding {
        let line = try TurnLine()
        for filler in fillers { filler.begin() }
        for filler in fillers { try filler.awaitFull(stage) }
        let child = try stage.fork(by: cp_fork, line: line) { _ in
            let wrong = stage.heap.wrong(1)
            stage.heap.free { (1...4).contains($0) }
            let got = stage.heap.allocate(4, of: FullPool.blockSize)
            stage.heap.mark(2)
            return wrong + stage.heap.wrong(2) + (4 - got)
        }
        for filler in fillers { try filler.end(stage) }
        try child.awaitTurn()
        child.proveMode()
        let inChild = try child.finish()
        return Finding(
            wrong: inChild + stage.heap.wrong(1), of: 3 * stage.heap.count,
            "while the pool filled the two found")
    }
}

/// What one thread does, and how it is told. It allocates nothing but what it fills the pool with.
private struct PoolFiller: Sendable {
    private let board: SharedBoard
    private let go, filled, idle: Int

    init(_ board: SharedBoard) {
        self.board = board
        (go, filled, idle) = (board.newSlot(), board.newSlot(), board.newSlot())
    }

    /// The thread.
    func run(until stop: Int) {
        while board[stop] == 0 {
            guard board[go] == 1 else {
                board[idle] = 1
                sched_yield()
                continue
            }
            board[idle] = 0
            // Each block leads to the one before.
            var last: UnsafeMutableRawPointer?
            while let block = malloc(FullPool.blockSize) {
                block.storeBytes(of: last, as: UnsafeMutableRawPointer?.self)
                last = block
            }
            board[filled] = 1
            while let block = last {
                last = block.load(as: UnsafeMutableRawPointer?.self)
                free(block)
            }
        }
    }

    func begin() {
        board[filled] = 0
        board[go] = 1
    }

    /// Waits until it has met NULL once.
    func awaitFull(_ stage: Stage) throws { try stage.wait(for: filled) }

    /// Returns when all is free again.
    func end(_ stage: Stage) throws {
        board[go] = 0
        board[idle] = 0
        try stage.wait(for: idle)
    }
}

/// What the others do: with the pool full nothing allocates, on either side of the fork.
private enum FullPool {
    static let blockSize = 64 << 10

    /// The child runs `look` in its full pool and returns what it found wrong.
    static func fork(_ stage: Stage, _ look: (Stage) -> Int) throws -> Finding {
        guard stage.pool != nil else { return .notApplicable("there is no pool to fill") }
        stage.heap.allocate(1, of: blockSize)
        try stage.proveInPool()
        let line = try TurnLine()
        for size in [blockSize, 4096, 256, 16] { stage.heap.allocate(.max, of: size) }
        stage.heap.mark(1)
        let count = stage.heap.count
        let child = try stage.fork(by: cp_fork, line: line) { _ in look(stage) }
        // The parent makes room to go on; its child has a pool of its own and waits.
        stage.heap.free(from: 1)
        try child.awaitTurn()
        child.proveMode()
        return Finding(wrong: try child.finish(), of: count, "in a full pool the child found")
    }
}
