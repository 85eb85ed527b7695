import CProcess
import Glibc
import LabBase
import WorkloadBase
import WorkloadSchema

/// A thread holds the lock of a FILE while another forks. It must keep the lock, and the child, in which that thread does not
/// exist, must be able to take it: glibc resets the locks in the child.
enum FileLocksKept: SemanticProgram {
    static let property = SemanticProperty.fileLocksKept

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        guard let file = fopen("/dev/null", "w") else { throw SystemCallError("open /dev/null") }
        try stage.proveInPool(file)
        let board = stage.board
        let (held, stop) = (board.newSlot(), board.newSlot())
        nonisolated(unsafe) let locked = file
        let thread = try WorkerThread.start {
            flockfile(locked)
            board[held] = 1
            while board[stop] == 0 { sched_yield() }
            funlockfile(locked)
        }
        try stage.wait(for: held)
        let child = try stage.fork { _ in
            guard ftrylockfile(file) == 0 else { return 1 }
            defer { funlockfile(file) }
            return fputs("here", file) >= 0 && fflush(file) == 0 ? 0 : 1
        }
        let isStuck = try child.finish() != 0
        let isLost = ftrylockfile(file) == 0
        if isLost { funlockfile(file) }
        board[stop] = 1
        pthread_join(thread, nil)
        if isStuck { return .no("the child could not write to it") }
        return isLost ? .no("a thread of the parent lost the lock that it held") : .yes
    }
}

/// A thread has values for 64 keys while another forks. glibc clears them in the child, in which that thread does not exist;
/// those of all but 32 keys lie in the heap.
enum ThreadValuesKept: SemanticProgram {
    static let property = SemanticProperty.threadValuesKept

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let keys = try (0..<64).map { _ in
            var key = pthread_key_t()
            let error = pthread_key_create(&key, nil)
            guard error == 0 else { throw SystemCallError("pthread_key_create", code: error) }
            return key
        }
        let board = stage.board
        let (ready, stop, lost) = (board.newSlot(), board.newSlot(), board.newSlot())
        let thread = try WorkerThread.start {
            set(keys)
            board[ready] = 1
            while board[stop] == 0 { sched_yield() }
            board[lost] = wrong(keys)
        }
        set(keys)
        try stage.wait(for: ready)
        let inChild = try stage.fork { _ in wrong(keys) }.finish()
        board[stop] = 1
        pthread_join(thread, nil)
        if inChild > 0 { return .no("the child lost \(inChild) of \(keys.count) values of its thread") }
        return board[lost] == 0
            ? .yes : .no("another thread of the parent lost \(board[lost]) of its \(keys.count) values")
    }

    private static func set(_ keys: [pthread_key_t]) {
        for (index, key) in keys.enumerated() {
            pthread_setspecific(key, UnsafeRawPointer(bitPattern: index + 1))
        }
    }

    private static func wrong(_ keys: [pthread_key_t]) -> Int {
        keys.enumerated().count { index, key in
            pthread_getspecific(key) != UnsafeMutableRawPointer(bitPattern: index + 1)
        }
    }
}
