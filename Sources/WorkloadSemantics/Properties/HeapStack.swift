import CProcess
import Glibc
import LabBase
import WorkloadBase
import WorkloadSchema

/// A thread whose stack came from malloc forks; its child looks, writes and returns on that stack.
enum HeapStackForks: SemanticProgram {
    static let property = SemanticProperty.heapStackForks

    private final class Answer: @unchecked Sendable {
        var found: Result<Finding, any Error>?
    }

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let stack = try HeapStack(provedOn: stage)
        let (answer, done) = (Answer(), stage.board.newSlot())
        // Everything runs on that stack: a child dies with the thread that forked it.
        let thread = try WorkerThread.start(stack: stack.bytes) {
            answer.found = Result { try forkAndLook(stage) }
            stage.board[done] = 1
        }
        // Not by joining it, which would wait on a futex in the heap: that is a separate property.
        try stage.wait(for: done)
        pthread_join(thread, nil)
        guard let found = answer.found else { throw StageFailure.undecided("the thread said nothing") }
        return try found.get()
    }

    private static func forkAndLook(_ stage: Stage) throws -> Finding {
        let child = try stage.fork { _ in
            let wrong = stage.heap.wrong(1)
            stage.heap.mark(2)
            return wrong
        }
        let inChild = try child.finish()
        return Finding(
            wrong: inChild + stage.heap.wrong(1), of: 2 * stage.heap.count,
            "forked on a stack in the heap, the two found")
    }
}

/// One thread waits for another whose stack came from malloc, and so on a futex in the heap; a third forks, and then lets
/// the second end.
enum HeapWaitersWoken: SemanticProgram {
    static let property = SemanticProperty.heapWaitersWoken

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let stack = try HeapStack(provedOn: stage)
        let board = stage.board
        let (ended, stop) = (board.newSlot(), board.newSlot())
        let (joining, joined) = (board.newSlot(), board.newSlot())
        let awaited = try WorkerThread.start(stack: stack.bytes) {
            board[ended] = Int(cp_thread_id())
            while board[stop] == 0 { sched_yield() }
        }
        try stage.wait(for: ended)
        let waiter = try WorkerThread.start {
            board[joining] = Int(cp_thread_id())
            pthread_join(awaited, nil)
            board[joined] = 1
        }
        try stage.wait(for: joining)
        try stage.wait { isInFutex(board[joining]) }
        _ = try stage.fork { _ in 0 }.finish()
        board[stop] = 1
        try stage.wait { access("/proc/self/task/\(board[ended])", F_OK) != 0 }
        // By now the kernel has woken it, or never will: a woken thread no longer shows as waiting.
        try stage.wait { board[joined] == 1 || isInFutex(board[joining]) }
        guard board[joined] == 1 else {
            return .no("the thread that it waited for ended, and nobody woke it")
        }
        pthread_join(waiter, nil)
        return .yes
    }

    /// Whether a thread of this process sleeps in futex(2). Source: proc_pid_syscall(5).
    private static func isInFutex(_ thread: Int) -> Bool {
        let call = try? TextFile.read("/proc/self/task/\(thread)/syscall")
        return call?.hasPrefix("\(cp_futex_number()) ") == true
    }
}

/// Memory from malloc for the stack of a thread, never freed.
private struct HeapStack: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    /// Throws `StageFailure` if it does not lie in the pool.
    init(provedOn stage: Stage) throws {
        let size = 1 << 20
        guard let memory = aligned_alloc(4096, size) else {
            throw StageFailure.undecided("aligned_alloc returned NULL")
        }
        try stage.proveInPool(memory)
        bytes = UnsafeMutableRawBufferPointer(start: memory, count: size)
    }
}
