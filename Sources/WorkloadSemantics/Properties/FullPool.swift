import CProcess
import Glibc
import WorkloadBase
import WorkloadSchema

/// A fork from a pool in which malloc returns NULL.
enum FullPoolForks: SemanticProgram {
    static let property = SemanticProperty.fullPoolForks

    static func decide(_ stage: Stage) throws -> Finding {
        try FullPool.fork(stage) { $0.heap.wrong(1) }
    }
}

/// The child of such a fork gets NULL until it has freed a block, and then that block's room.
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
        let fillers = (0..<2).map { _ in Filler(stage.board) }
        let threads = try fillers.map { filler in try WorkerThread.start { fill(filler, until: stop) } }
        let findings = try (0..<5).map { _ in try fork(stage, beside: fillers) }
        stage.board[stop] = 1
        for thread in threads { pthread_join(thread, nil) }
        return .all(findings)
    }

    /// The work of the thread. Each block points to the previous one.
    private static func fill(_ filler: Filler, until stop: Int) {
        var last: UnsafeMutableRawPointer?
        filler.run(until: stop) {
            while let block = malloc(FullPool.blockSize) {
                block.storeBytes(of: last, as: UnsafeMutableRawPointer?.self)
                last = block
            }
        } giveBack: {
            while let block = last {
                last = block.load(as: UnsafeMutableRawPointer?.self)
                free(block)
            }
        }
    }

    /// Forks while the threads fill the pool; nothing here allocates.
    private static func fork(_ stage: Stage, beside fillers: [Filler]) throws -> Finding {
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

/// The common part of the others: with the pool full nothing allocates on either side of the fork.
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
        // The parent makes room to go on; its child has its own pool and waits.
        stage.heap.free(from: 1)
        try child.awaitTurn()
        child.proveMode()
        return Finding(wrong: try child.finish(), of: count, "in a full pool the child found")
    }
}
