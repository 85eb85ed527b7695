import CProcess
import Glibc
import WorkloadBase
import WorkloadSchema

/// Parent and child allocate and mark blocks at the same time, then both look.
enum AllocationsApart: SemanticProgram {
    static let property = SemanticProperty.allocationsApart

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let inherited = stage.heap.count
        let child = try stage.fork { turn in
            allocate(stage.heap)
            stage.heap.mark(2)
            turn.yield()
            return stage.heap.wrong(2)
        }
        try child.takeTurn()
        allocate(stage.heap)
        stage.heap.mark(3)
        let inChild = try child.finish()
        let wrong = inChild + stage.heap.wrong(3)
        let count = 2 * (inherited + blocks)
        return Finding(wrong: wrong, of: count, "parent and child, having allocated, found")
    }

    private static let blocks = 400

    private static func allocate(_ heap: MarkedHeap) {
        for step in 0..<blocks { heap.allocate(1, of: 16 + step * 6007 % 20000) }
    }
}

/// The child frees everything that it inherited and fills the room; the parent keeps its blocks.
enum ChildFreesInherited: SemanticProgram {
    static let property = SemanticProperty.childFreesInherited

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        // More than half of the pool: the child can only allocate it again if it gets the room back.
        stage.heap.allocate(24, of: 256 << 10)
        stage.heap.mark(1)
        let inherited = stage.heap.count
        let child = try stage.fork { _ in
            stage.heap.free()
            for step in 0..<300 { stage.heap.allocate(1, of: 16 + step * 7919 % 40000) }
            stage.heap.allocate(48, of: 256 << 10)
            stage.heap.mark(2)
            return stage.heap.wrong(2) + (inherited - stage.heap.count)
        }
        let inChild = try child.finish()
        return .all([
            Finding(wrong: inChild, of: inherited, "the child got back all but"),
            Finding(wrong: stage.heap.wrong(1), of: inherited, "after its child freed them the parent found"),
        ])
    }
}

/// Eight threads of the child allocate, write and free.
enum ChildStartsThreads: SemanticProgram {
    static let property = SemanticProperty.childStartsThreads

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let child = try stage.fork { _ in
            let threads = try (0..<8).map { _ in try WorkerThread.start { Churn.pass() } }
            for thread in threads { pthread_join(thread, nil) }
            return stage.heap.wrong(1)
        }
        return Finding(wrong: try child.finish(), of: stage.heap.count, "beside its threads the child found")
    }
}

/// Four threads allocate all the time while the process forks; each child allocates.
enum ForksBesideThreads: SemanticProgram {
    static let property = SemanticProperty.forksBesideThreads

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let (started, stop) = ((0..<4).map { _ in stage.board.newSlot() }, stage.board.newSlot())
        let board = stage.board
        let threads = try started.map { slot in
            try WorkerThread.start {
                while board[stop] == 0 {
                    Churn.pass()
                    board[slot] = 1
                }
            }
        }
        for slot in started { try stage.wait(for: slot) }
        var findings: [Finding] = []
        for _ in 0..<5 {
            let child = try stage.fork { _ in
                Churn.pass()
                return stage.heap.wrong(1)
            }
            findings.append(
                Finding(
                    wrong: try child.finish(), of: stage.heap.count, "the child of a threaded process found"))
        }
        stage.board[stop] = 1
        for thread in threads { pthread_join(thread, nil) }
        return .all(findings)
    }
}

/// Allocates, writes and frees some blocks of all sizes.
private enum Churn {
    static func pass() {
        for step in 0..<50 {
            let size = 16 + step * 7919 % 60000
            guard let block = malloc(size) else { return }
            memset(block, 0xEE, size)
            free(block)
        }
    }
}
