import CProcess
import Glibc
import WorkloadBase
import WorkloadSchema

/// A fork after somebody else has taken the file system's last block.
enum NoRoomForks: SemanticProgram {
    static let property = SemanticProperty.noRoomForks

    static func decide(_ stage: Stage) throws -> Finding {
        let ballast = try FullFileSystem.prepare(stage)
        defer { ballast.release() }
        try ballast.takeAll()
        let child = try stage.fork { _ in
            let wrong = stage.heap.wrong(1)
            stage.heap.mark(2)
            return wrong + stage.heap.wrong(2)
        }
        let inChild = try child.finish()
        return Finding(wrong: inChild + stage.heap.wrong(1), of: 3 * stage.heap.count, "the two found")
    }
}

/// Three forks without room; then one with room.
enum RefusedForkHarmless: SemanticProgram {
    static let property = SemanticProperty.refusedForkHarmless

    static func decide(_ stage: Stage) throws -> Finding {
        let ballast = try FullFileSystem.prepare(stage)
        try ballast.takeAll()
        for _ in 0..<3 {
            do {
                _ = try stage.fork { _ in 0 }.finish()
                return .notApplicable("no fork was refused")
            } catch StageFailure.forkFailed {}
        }
        let wrong = stage.heap.wrong(1)
        stage.heap.mark(2)
        ballast.release()
        // btrfs gives space back when it writes.
        sync()
        let child = try stage.fork { _ in stage.heap.wrong(2) }
        let inChild = try child.finish()
        return .all([
            Finding(wrong: wrong, of: stage.heap.count, "after a refused fork its process found"),
            Finding(wrong: inChild, of: stage.heap.count, "after a refused fork the next child found"),
        ])
    }
}

/// The file system fills up after the fork; then both write every byte of their blocks.
enum FullFileSystemWrites: SemanticProgram {
    static let property = SemanticProperty.fullFileSystemWrites

    static func decide(_ stage: Stage) throws -> Finding {
        let ballast = try FullFileSystem.prepare(stage)
        defer { ballast.release() }
        let child = try stage.fork { turn in
            stage.heap.mark(2)
            turn.yield()
            return stage.heap.wrong(2)
        }
        try ballast.takeAll()
        try child.takeTurn()
        stage.heap.mark(3)
        let inChild = try child.finish()
        return Finding(wrong: inChild + stage.heap.wrong(3), of: 2 * stage.heap.count, "the two found")
    }
}

/// The same; then both allocate as much as they can get, write it and free it.
enum FullFileSystemAllocates: SemanticProgram {
    static let property = SemanticProperty.fullFileSystemAllocates

    static func decide(_ stage: Stage) throws -> Finding {
        let ballast = try FullFileSystem.prepare(stage)
        defer { ballast.release() }
        let child = try stage.fork { _ in useAll(stage.heap, 2) }
        try ballast.takeAll()
        let inChild = try child.finish()
        let wrong = inChild + useAll(stage.heap, 3)
        return Finding(wrong: wrong, of: 2 * stage.heap.count, "the two found")
    }

    /// The number of blocks that do not have what was written to them. Inherited blocks are only read.
    private static func useAll(_ heap: MarkedHeap, _ mark: Int) -> Int {
        let inherited = heap.count
        let wrong = heap.wrong(1)
        for size in [1 << 20, 1 << 16, 1 << 12] {
            heap.allocate(.max, of: size)
        }
        heap.mark(mark, from: inherited)
        let own = heap.wrong(mark, from: inherited)
        heap.free(from: inherited)
        return wrong + own
    }
}

/// The common beginning of these properties.
enum FullFileSystem {
    /// Makes a heap of 8 MiB, with room for this program's own needs below its last block, so that a
    /// copy that ends too early lacks that block. Throws `StageFailure` or `SystemCallError`.
    static func prepare(_ stage: Stage) throws -> Ballast {
        guard let pool = stage.pool else { throw StageFailure.undecided("there is no pool") }
        stage.heap.allocate(64, of: 64 << 10)
        let kept = stage.heap.count
        stage.heap.allocate(64, of: 64 << 10)
        stage.heap.allocate(64, of: 1 << 10)
        stage.heap.allocate(1, of: 64 << 10)
        let last = stage.heap.count - 1
        try stage.proveInPool()
        stage.heap.mark(1)
        stage.heap.free(from: kept) { $0 < last }
        // The last block has a different number now.
        stage.heap.mark(1, from: kept)
        return try Ballast(directory: pool.directory)
    }
}
