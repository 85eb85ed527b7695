import CProcess
import Glibc
import Measurement

/// Somebody takes the last blocks of the file system and gives them back, all the time while the process forks. Each fork
/// either makes a child with the heap of its moment, or is refused with ENOMEM and changes nothing.
enum FileSystemFillsDuringFork: SemanticProgram {
    static let property = SemanticProperty.fileSystemFillsDuringFork
    /// A btrfs takes about 20 s to be filled so often.
    static let patience = 3

    /// Bytes that are free when the filler begins. XFS refuses a reflink long before its last block.
    private static let room: Int64 = 64 << 20
    /// MiB that are left of it when the process forks; most where a copy of the heap just fits, or just does not.
    private static let left: [Int64] = [64, 32, 16, 12, 10, 8, 7, 6, 5, 4, 2]
    /// Rounds of so many forks: at least, and until the file system has filled during one of them.
    private static let rounds = 2...20

    static func decide(_ stage: Stage) throws -> Finding {
        let ballast = try FullFileSystem.prepare(stage)
        defer { ballast.release() }
        try ballast.takeAll()
        ballast.giveBack(room)
        let (filler, stop) = (Filler(stage.board), stage.board.newSlot())
        let thread = try WorkerThread.start {
            filler.run(until: stop) {
                do { try ballast.takeAll() } catch { stage.board.object("\(error)") }
            } giveBack: {
                ballast.giveBack(room)
            }
        }
        defer {
            stage.board[stop] = 1
            pthread_join(thread, nil)
        }
        var hasFilled = false
        for round in 1...rounds.upperBound where round <= rounds.lowerBound || !hasFilled {
            for mebibytes in left {
                let taken = room - mebibytes << 20
                let (finding, filled) = try fork(stage, beside: filler, ballast, after: taken)
                guard case .yes = finding else { return finding }
                hasFilled = hasFilled || filled
            }
        }
        if !hasFilled { stage.board.object("the file system did not fill during any fork") }
        return .yes
    }

    /// A fork when `taken` bytes of the room are gone. Also says whether the file system filled while it lasted.
    private static func fork(
        _ stage: Stage, beside filler: Filler, _ ballast: Ballast, after taken: Int64
    ) throws -> (Finding, hasFilled: Bool) {
        let line = try TurnLine()
        let start = ballast.size
        filler.begin()
        try stage.wait { ballast.size > start + taken || filler.hasFilled }
        let before = ballast.size
        let child: StageChild?
        do {
            child = try stage.fork(by: cp_fork, line: line) { _ in
                let wrong = stage.heap.wrong(1)
                stage.heap.mark(2)
                return wrong + stage.heap.wrong(2)
            }
        } catch StageFailure.forkFailed(ENOMEM) {
            child = nil
        }
        let hasFilled = ballast.size > before
        try filler.end(stage)
        guard let child else {
            let found = "after a refused fork its process found"
            return (Finding(wrong: stage.heap.wrong(1), of: stage.heap.count, found), hasFilled)
        }
        try child.awaitTurn()
        child.proveMode()
        let wrong = try child.finish() + stage.heap.wrong(1)
        return (Finding(wrong: wrong, of: 3 * stage.heap.count, "the two found"), hasFilled)
    }
}
