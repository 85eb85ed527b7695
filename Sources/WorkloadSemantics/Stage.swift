import CProcess
import Glibc
import LabBase
import Measurement
import WorkloadBase
import WorkloadSchema

/// Why a property cannot be answered with yes or no.
enum StageFailure: Error, CustomStringConvertible {
    /// fork returned -1 with this error number.
    case forkFailed(Int32)
    /// A child was killed by this signal.
    case crashed(Int32)
    /// A child did not make progress before the deadline.
    case hung
    /// A child exited with this status.
    case left(Int32)
    /// Any other reason.
    case undecided(String)

    var description: String {
        switch self {
        case .forkFailed(let code): "fork failed: \(String(cString: strerror(code)))"
        case .crashed(let number): "the child was killed by \(SignalName.of(number))"
        case .hung: "the child did not answer in time"
        case .left(let status): "the child left with status \(status)"
        case .undecided(let reason): reason
        }
    }
}

/// A marked heap that was proved to lie in the pool, and the means to fork related processes that take turns on it.
struct Stage: @unchecked Sendable {
    /// Kept for ever: a child that shares its parent's heap must not free memory that its parent will free.
    private let expectation: UnsafePointer<PoolExpectation>?
    let heap: MarkedHeap
    let board: SharedBoard
    /// When all processes must be done, nanoseconds on the monotonic clock.
    let deadline: UInt64

    /// Exit status of a child that could not do its part.
    static let childFailed: Int32 = 99

    init(deadline: UInt64) throws {
        self.deadline = deadline
        expectation = try PoolExpectation.fromEnvironment().map { pool in
            let place = UnsafeMutablePointer<PoolExpectation>.allocate(capacity: 1)
            place.initialize(to: pool)
            return UnsafePointer(place)
        }
        heap = try MarkedHeap()
        board = try SharedBoard()
    }

    /// What was asked of the library; nil for a reference.
    var pool: PoolExpectation? { expectation?.pointee }

    /// Fills the heap with some 12 MiB in small and large blocks, marked 1. Throws `StageFailure`.
    func fillUsually() throws {
        for step in 0..<300 { heap.allocate(1, of: 16 + step * 7919 % 40000) }
        heap.allocate(24, of: 256 << 10)
        try proveInPool()
        heap.mark(1)
    }

    /// Objects to any yes if a block lies outside the pool. Throws `StageFailure` or `SystemCallError`.
    func proveInPool() throws {
        guard let pool else { return }
        guard heap.count > 0 else { throw StageFailure.undecided("malloc returned NULL in a fresh heap") }
        let mappings = try MemoryMapping.read(process: getpid())
        let placements = (0..<heap.count).map {
            HeapPlacement(of: UInt(bitPattern: heap[$0]), in: mappings)
        }
        try Self.prove(placements, in: pool)
        heap.noteProved()
    }

    /// Throws `StageFailure` if the block at `address` lies outside the pool.
    func proveInPool(_ address: UnsafeRawPointer) throws {
        guard let pool else { return }
        try Self.prove([try HeapPlacement(of: address)], in: pool)
    }

    private static func prove(_ placements: [HeapPlacement?], in pool: PoolExpectation) throws {
        let (_, outcome, detail) = HeapVerdicts.inPool(placements, pool)
        if outcome != .held { throw StageFailure.undecided(detail) }
    }

    /// Forks a child that runs `body` when it gets the turn, and exits with the value that `body` returns as its result. Objects to
    /// any yes if the mode did not take effect.
    ///
    /// Throws `StageFailure` or `SystemCallError`.
    func fork(_ body: (ChildTurn) throws -> Int) throws -> StageChild {
        let child = try fork(by: cp_fork, body)
        try child.awaitTurn()
        child.proveMode()
        return child
    }

    /// Forks with `call`; proves nothing. Nothing here makes the parent allocate before the child first gets the turn.
    func fork(
        by call: () -> pid_t, line: TurnLine? = nil, _ body: (ChildTurn) throws -> Int
    ) throws -> StageChild {
        let line = try line ?? TurnLine()
        let slot = board.newSlot()
        let child = call()
        if child == 0 { runChild(line, slot, body) }
        let code = errno
        line.parentBegin()
        guard child > 0 else {
            line.parentEndLine()
            throw StageFailure.forkFailed(code)
        }
        return StageChild(process: child, line: line, slot: slot, stage: self)
    }

    /// Waits for a process that has lost its parent and so became a child of this one. Throws `StageFailure`.
    func reapOrphan() throws {
        var status: Int32 = 0
        try wait { waitpid(-1, &status, WNOHANG) != 0 }
        let signal = cp_term_signal(status)
        if signal != 0 { throw StageFailure.crashed(signal) }
        let value = cp_exit_status(status)
        if value != 0 { throw StageFailure.left(value) }
    }

    /// Waits until another process or thread has put a number into a slot. Throws `StageFailure.hung` at the deadline.
    func wait(for slot: Int) throws { try wait { board[slot] != 0 } }

    /// Waits until `isSo` returns true. Throws `StageFailure.hung` at the deadline.
    func wait(until isSo: () -> Bool) throws {
        while !isSo() {
            guard Clock.nanoseconds < deadline else { throw StageFailure.hung }
            sched_yield()
        }
    }

    private func runChild(_ line: TurnLine, _ slot: Int, _ body: (ChildTurn) throws -> Int) -> Never {
        _ = cp_die_with_parent()
        line.childBegin()
        line.childYield()
        do {
            board[slot] = try body(ChildTurn(line: line))
            _exit(0)
        } catch {
            board.object("in a child: \(error)")
            _exit(Self.childFailed)
        }
    }
}

/// A child's end of the turn line to its parent.
struct ChildTurn {
    let line: TurnLine

    /// Gives the parent the turn, and waits until it gives the turn back.
    func yield() { line.childYield() }
}

/// A child, as its parent sees it.
struct StageChild {
    let process: pid_t
    fileprivate let line: TurnLine
    fileprivate let slot: Int
    fileprivate let stage: Stage

    /// Gives the child the turn and waits to get it back. Throws `StageFailure`.
    func takeTurn() throws {
        line.parentSignal()
        try awaitTurn()
    }

    /// Waits until the child yields. Throws `StageFailure`.
    func awaitTurn() throws {
        guard !line.parentWait(until: stage.deadline) else { return }
        _ = try end()
        throw StageFailure.undecided("the child ended too early")
    }

    /// Objects to any yes if the mode did not take effect on the child, which must be waiting.
    func proveMode() {
        guard let pool = stage.pool, let ends = stage.heap.ends else { return }
        for block in [ends.low, ends.high] {
            let verdict = ForkVerdicts(
                expectation: pool, seen: SeenEffect(of: block, child: process, pool: pool)
            ).mode
            if verdict.1 != .held {
                stage.board.object("mode \(pool.mode.rawValue) did not take effect: \(verdict.2)")
            }
        }
    }

    /// Gives the child the turn without waiting.
    func letGo() { line.parentSignal() }

    /// Gives the child the turn for the last time, and returns its result. Throws `StageFailure`.
    func finish() throws -> Int {
        line.parentSignal()
        return try end()
    }

    private func end() throws -> Int {
        let (end, value, _) = ChildEnd.reap(process, until: stage.deadline)
        line.parentEndLine()
        switch end {
        case .exited where value == 0: return stage.board[slot]
        case .exited where value == Stage.childFailed:
            throw StageFailure.undecided(stage.board.objection ?? "the child failed")
        case .exited: throw StageFailure.left(value)
        case .signalled: throw StageFailure.crashed(value)
        case .hung, .unknown: throw StageFailure.hung
        }
    }
}
