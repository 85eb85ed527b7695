import CProcess
import Glibc
import WorkloadSchema

/// A child waits until its parent is gone; then it looks, writes, allocates and forks.
enum OutlivesParent: SemanticProgram {
    static let property = SemanticProperty.outlivesParent

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let (ready, found) = (stage.board.newSlot(), stage.board.newSlot())
        let parent = try stage.fork { _ in
            let parent = getpid()
            let orphan = try stage.fork { _ in
                _ = cp_outlive_parent()
                stage.board[ready] = 1
                while getppid() == parent { sched_yield() }
                stage.board[found] = try live(on: stage)
                return 0
            }
            orphan.letGo()
            try stage.wait(for: ready)
            return 0
        }
        _ = try parent.finish()
        try stage.reapOrphan()
        return Finding(
            wrong: stage.board[found], of: 3 * stage.heap.count, "with its parent gone the child found")
    }

    private static func live(on stage: Stage) throws -> Int {
        var wrong = stage.heap.wrong(1)
        stage.heap.allocate(100, of: 5000)
        stage.heap.mark(2)
        let child = try stage.fork { _ in
            let wrong = stage.heap.wrong(2)
            stage.heap.mark(3)
            return wrong
        }
        wrong += try child.finish()
        return wrong + stage.heap.wrong(2)
    }
}
