import CProcess
import Glibc
import LabBase
import Measurement
import WorkloadBase
import WorkloadSchema

/// forkpty runs fork's handlers, but not the library's fork.
enum ForkptyApart: SemanticProgram {
    static let property = SemanticProperty.forkptyApart

    static func decide(_ stage: Stage) throws -> Finding {
        var terminal: Int32 = -1
        defer { close(terminal) }
        return try Apart.decide(stage, isAnnounced: true) { cp_forkpty(&terminal) }
    }
}

/// _Fork runs no handlers.
enum BareForkApart: SemanticProgram {
    static let property = SemanticProperty.bareForkApart

    static func decide(_ stage: Stage) throws -> Finding {
        try Apart.decide(stage, isAnnounced: false, by: cp_bare_fork)
    }
}

/// The same after an earlier fork that did run them.
enum BareForkApartLater: SemanticProgram {
    static let property = SemanticProperty.bareForkApartLater

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let first = try stage.fork { _ in 0 }
        _ = try first.finish()
        return try Apart.decide(stage, isAnnounced: false, by: cp_bare_fork)
    }
}

/// The system call clone3 itself.
enum Clone3Apart: SemanticProgram {
    static let property = SemanticProperty.clone3Apart

    static func decide(_ stage: Stage) throws -> Finding {
        try Apart.decide(stage, isAnnounced: false, by: cp_clone3_fork)
    }
}

/// Parent and child each write, then look.
private enum Apart {
    /// `isAnnounced`: whether the library hears of the fork.
    static func decide(_ stage: Stage, isAnnounced: Bool, by call: () -> pid_t) throws -> Finding {
        if stage.heap.count == 0 { try stage.fillUsually() }
        let child = try stage.fork(by: call) { turn in
            stage.heap.mark(2)
            turn.yield()
            return stage.heap.wrong(2)
        }
        try child.awaitTurn()
        if isAnnounced { child.proveMode() }
        try child.takeTurn()
        let inParent = stage.heap.wrong(1)
        stage.heap.mark(3)
        let wrong = inParent + (try child.finish())
        return Finding(wrong: wrong, of: 2 * stage.heap.count, "the two found")
    }
}

/// The daemon looks, writes and allocates. A child calls daemon(3), since the caller ends in it.
enum DaemonKeepsHeap: SemanticProgram {
    static let property = SemanticProperty.daemonKeepsHeap

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let found = stage.board.newSlot()
        let child = try stage.fork { _ in
            stage.heap.mark(2)
            let parent = try HeapPlacement(of: stage.heap[0])
            _ = cp_outlive_parent()
            guard cp_daemon() == 0 else { throw SystemCallError("daemon") }
            let wrong = stage.heap.wrong(2)
            try prove(stage, parent)
            stage.heap.allocate(100, of: 5000)
            stage.heap.mark(3)
            stage.board[found] = wrong + stage.heap.wrong(3) + 1
            _exit(0)
        }
        _ = try child.finish()
        try stage.reapOrphan()
        guard stage.board[found] > 0 else { throw StageFailure.undecided("the daemon said nothing") }
        return .all([
            Finding(wrong: stage.board[found] - 1, of: stage.heap.count, "the daemon found"),
            Finding(wrong: stage.heap.wrong(1), of: stage.heap.count, "its grandparent found"),
        ])
    }

    /// The daemon's parent is gone: the effect of the fork shows in the parent's mapping before and the daemon's now.
    private static func prove(_ stage: Stage, _ parent: HeapPlacement?) throws {
        guard let pool = stage.pool, let parent, let own = try HeapPlacement(of: stage.heap[0]) else {
            return
        }
        let effect = ForkEffect(parent: parent, child: own)
        if !pool.mode.admits(effect) {
            stage.board.object("mode \(pool.mode.rawValue) did not take effect: \(effect.rawValue)")
        }
    }
}
