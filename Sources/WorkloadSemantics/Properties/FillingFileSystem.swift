import CProcess
import Glibc
import WorkloadBase
import WorkloadSchema

/// Somebody takes the last blocks of the file system and gives them back, all the time while the process forks. Each fork
/// either makes a child with the heap as of that moment, or is refused with ENOMEM and changes nothing.
enum FileSystemFillsDuringFork: SemanticProgram {
    static let property = SemanticProperty.fileSystemFillsDuringFork
    /// On btrfs it takes about 20 s to fill the file system so many times.
    static let patience = 3

    /// Free bytes when the filler begins. XFS refuses a reflink long before its last block.
    private static let room: Int64 = 64 << 20
    /// MiB left of that when the process forks; densest around where a copy of the heap just fits, or just does not.
    private static let left: [Int64] = [64, 32, 16, 12, 10, 8, 7, 6, 5, 4, 2]
    /// How many rounds of these forks to make: at least the lower number, up to the upper until the file system has filled during one.
    private static let rounds = 1...20

    /// A copy that takes fewer bytes than this shares blocks, and is over before anybody can see it.
    private static let leastCopy: Int64 = 1 << 20
    /// KiB left beyond what such a copy takes. If negative, the copy itself hits the end.
    private static let spare: [Int64] = [512, 256, 128, 64, 0, -128, -256, -384]

    static func decide(_ stage: Stage) throws -> Finding {
        let ballast = try FullFileSystem.prepare(stage)
        defer { ballast.release() }
        try ballast.takeAll()
        ballast.giveBack(room)
        let (filler, stop) = (Filler(stage.board), stage.board.newSlot())
        let watch = CopyWatch(stage.board, ballast)
        // With only one processor the filler would have to wait while the process forks.
        let thread = try WorkerThread.start {
            _ = cp_split_processors(true)
            var start: Int64 = 0
            filler.run(until: stop) {
                do {
                    try watch.awaitCopy()
                    start = ballast.size
                    try ballast.takeAll()
                } catch { stage.board.object("\(error)") }
            } giveBack: {
                watch.awaitEnd()
                ballast.giveBack(ballast.size - start)
            }
        }
        defer {
            watch.end()
            stage.board[stop] = 1
            pthread_join(thread, nil)
        }
        _ = cp_split_processors(false)
        var hasFilled = false
        // This must come first: mode 3 only copies until a copy is refused.
        let watched = try forkWatched(stage, beside: filler, watch, ballast, &hasFilled)
        guard case .yes = watched else { return watched }
        try ballast.takeAll()
        ballast.giveBack(room)
        for round in 1...rounds.upperBound where round <= rounds.lowerBound || !hasFilled {
            for mebibytes in left {
                let taken = room - mebibytes << 20
                let start = ballast.size
                var before = start
                let finding = try fork(stage) {
                    filler.begin()
                    try stage.wait { ballast.size > start + taken || filler.hasFilled }
                    before = ballast.size
                } returned: {
                    hasFilled = hasFilled || ballast.size > before
                    try filler.end(stage)
                }
                guard case .yes = finding else { return finding }
            }
        }
        if !hasFilled { stage.board.object("the file system did not fill during any fork") }
        return .yes
    }

    /// Forks during which the filler takes the last blocks as soon as the copy has begun, if there is a visible one.
    private static func forkWatched(
        _ stage: Stage, beside filler: Filler, _ watch: CopyWatch, _ ballast: Ballast,
        _ hasFilled: inout Bool
    ) throws -> Finding {
        var copied: Int64 = 0
        // Twice: at the first one free pages go back to the file system.
        for _ in 0..<2 {
            let finding = try fork(stage) {
                copied = try ballast.left()
            } returned: {
                copied -= try ballast.left()
            }
            guard case .yes = finding else { return finding }
        }
        guard copied >= leastCopy else { return .yes }
        for kibibytes in spare {
            var before: Int64 = 0
            let finding = try fork(stage) {
                try ballast.takeAll()
                ballast.giveBack(copied + kibibytes << 10)
                before = ballast.size
                try watch.set()
                filler.begin()
                try watch.awaitLook(stage)
            } returned: {
                hasFilled = hasFilled || ballast.size > before
                watch.end()
                try filler.end(stage)
                // Room for what parent and child do next.
                ballast.giveBack(copied)
            }
            guard case .yes = finding else { return finding }
        }
        return .yes
    }

    /// A fork surrounded by calls of `begin` and `returned`, neither of which may allocate.
    private static func fork(
        _ stage: Stage, _ begin: () throws -> Void, returned: () throws -> Void
    ) throws -> Finding {
        let line = try TurnLine()
        try begin()
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
        try returned()
        guard let child else {
            return Finding(
                wrong: stage.heap.wrong(1), of: stage.heap.count, "after a refused fork its process found")
        }
        try child.awaitTurn()
        child.proveMode()
        let wrong = try child.finish() + stage.heap.wrong(1)
        return Finding(wrong: wrong, of: 3 * stage.heap.count, "the two found")
    }
}
