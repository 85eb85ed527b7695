import WorkloadSchema

/// The child looks before anybody has written.
enum HeapAsOfFork: SemanticProgram {
    static let property = SemanticProperty.heapAsOfFork

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        return try lookInChild(stage)
    }

    static func lookInChild(_ stage: Stage) throws -> Finding {
        let child = try stage.fork { _ in stage.heap.wrong(1) }
        return Finding(wrong: try child.finish(), of: stage.heap.count, "the child found")
    }
}

/// The same with blocks in use at the low end of the pool, at its high end, and in islands in between.
enum ScatteredHeapAsOfFork: SemanticProgram {
    static let property = SemanticProperty.scatteredHeapAsOfFork
    /// With these settings freed memory is no longer in use at once.
    static let environment = ["MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0"]

    static func decide(_ stage: Stage) throws -> Finding {
        // Most of the pool, then only every seventh block: gaps of 3 MiB, more than copies bridge.
        stage.heap.allocate(50, of: 512 << 10)
        try stage.proveInPool()
        let last = stage.heap.count - 1
        stage.heap.free { $0 % 7 != 0 && $0 != last }
        stage.heap.mark(1)
        return try HeapAsOfFork.lookInChild(stage)
    }
}

/// Six forks, before each of which the parent writes all blocks. Each child looks when all have been forked.
enum LaterForksAsOfFork: SemanticProgram {
    static let property = SemanticProperty.laterForksAsOfFork

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        // One at a time for two, then all at once: a small pool's file system has no room for six copies.
        var findings: [Finding] = []
        for fork in 2...4 {
            stage.heap.mark(fork)
            let child = try stage.fork { _ in stage.heap.wrong(fork) }
            stage.heap.mark(fork + 50)
            let what = "the child of fork \(fork - 1) found"
            findings.append(Finding(wrong: try child.finish(), of: stage.heap.count, what))
        }
        let children = try (5...6).map { fork in
            stage.heap.mark(fork)
            return try stage.fork { _ in stage.heap.wrong(fork) }
        }
        for (child, fork) in zip(children, 4...) {
            let what = "the child of fork \(fork) found"
            findings.append(Finding(wrong: try child.finish(), of: stage.heap.count, what))
        }
        return .all(findings)
    }
}

/// Each generation looks, writes, and forks the next: a copy of a copy of a copy.
enum GenerationsAsOfFork: SemanticProgram {
    static let property = SemanticProperty.generationsAsOfFork
    private static let last = 4

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        return Finding(
            wrong: try next(1, stage), of: stage.heap.count * last, "four generations found")
    }

    /// The number of blocks that this generation and those below it found changed.
    private static func next(_ generation: Int, _ stage: Stage) throws -> Int {
        let child = try stage.fork { _ in
            let wrong = stage.heap.wrong(generation)
            guard generation < last else { return wrong }
            stage.heap.mark(generation + 1)
            return wrong + (try next(generation + 1, stage))
        }
        return try child.finish() + stage.heap.wrong(generation)
    }
}
