import WorkloadSchema

/// The parent writes, then the child looks.
enum ParentWritesUnseen: SemanticProgram {
    static let property = SemanticProperty.parentWritesUnseen

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let child = try stage.fork { _ in stage.heap.wrong(1) }
        stage.heap.mark(2)
        return Finding(
            wrong: try child.finish(), of: stage.heap.count, "after its parent wrote the child found")
    }
}

/// The child writes, then the parent looks.
enum ChildWritesUnseen: SemanticProgram {
    static let property = SemanticProperty.childWritesUnseen

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let child = try stage.fork { _ in
            stage.heap.mark(2)
            return 0
        }
        _ = try child.finish()
        return Finding(
            wrong: stage.heap.wrong(1), of: stage.heap.count, "after its child wrote the parent found")
    }
}

/// Both children write in turn, then look.
enum SiblingWritesUnseen: SemanticProgram {
    static let property = SemanticProperty.siblingWritesUnseen

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let children = try (2...3).map { mark in
            try stage.fork { turn in
                let before = stage.heap.wrong(1)
                turn.yield()
                stage.heap.mark(mark)
                turn.yield()
                return before + stage.heap.wrong(mark)
            }
        }
        for _ in 0..<2 { for child in children { try child.takeTurn() } }
        let wrong = try children.map { try $0.finish() }.reduce(0, +)
        return Finding(wrong: wrong, of: 4 * stage.heap.count, "two children found")
    }
}

/// Grandchild, child and parent write, one after the other, then all look.
enum GrandchildWritesUnseen: SemanticProgram {
    static let property = SemanticProperty.grandchildWritesUnseen

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let child = try stage.fork { turn in
            stage.heap.mark(2)
            let grandchild = try stage.fork { turn in
                let before = stage.heap.wrong(2)
                stage.heap.mark(3)
                turn.yield()
                return before + stage.heap.wrong(3)
            }
            try grandchild.takeTurn()
            let before = stage.heap.wrong(2)
            stage.heap.mark(4)
            turn.yield()
            return before + stage.heap.wrong(4) + (try grandchild.finish())
        }
        try child.takeTurn()
        let before = stage.heap.wrong(1)
        stage.heap.mark(5)
        let below = try child.finish()
        return Finding(
            wrong: before + below + stage.heap.wrong(5), of: 6 * stage.heap.count, "the three together found")
    }
}
