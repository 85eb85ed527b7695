import CProcess
import Glibc
import LabBase
import Measurement
import WorkloadBase
import WorkloadSchema

/// The child of vfork stores one word; fork's handlers must not have run.
enum VforkSharesHeap: SemanticProgram {
    static let property = SemanticProperty.vforkSharesHeap

    static func decide(_ stage: Stage) throws -> Finding {
        try OtherProgram.run(stage) {
            guard let word = malloc(64)?.bindMemory(to: UInt64.self, capacity: 1) else {
                throw StageFailure.undecided("malloc returned NULL")
            }
            defer { free(word) }
            word.pointee = 1
            let child = cp_vfork_store(word, 2)
            guard child > 0 else { throw StageFailure.forkFailed(errno) }
            waitpid(child, nil, 0)
            return word.pointee == 2 ? .yes : .no("the child's write did not reach its parent")
        }
    }
}

/// posix_spawn of /bin/true.
enum PosixSpawnLeavesHeap: SemanticProgram {
    static let property = SemanticProperty.posixSpawnLeavesHeap

    static func decide(_ stage: Stage) throws -> Finding {
        try OtherProgram.run(stage) {
            var process: pid_t = 0
            var arguments = [strdup("true"), nil]
            let error = posix_spawn(&process, "/bin/true", nil, nil, &arguments, environ)
            guard error == 0 else { throw SystemCallError("posix_spawn /bin/true", code: error) }
            return try OtherProgram.ended(stage, process)
        }
    }
}

/// popen of a shell whose output is read.
enum PopenLeavesHeap: SemanticProgram {
    static let property = SemanticProperty.popenLeavesHeap

    static func decide(_ stage: Stage) throws -> Finding {
        try OtherProgram.run(stage) {
            guard let file = popen("echo here", "r") else { throw SystemCallError("popen") }
            let first = getc(file)
            let status = pclose(file)
            return first == Int32(UInt8(ascii: "h")) && status == 0
                ? .yes : .no("the program ended with wait status \(status)")
        }
    }
}

/// system(3) of a shell.
enum SystemLeavesHeap: SemanticProgram {
    static let property = SemanticProperty.systemLeavesHeap

    static func decide(_ stage: Stage) throws -> Finding {
        try OtherProgram.run(stage) {
            let status = system("exit 7")
            return cp_exited(status) && cp_exit_status(status) == 7
                ? .yes : .no("the program ended with wait status \(status)")
        }
    }
}

/// Programs that are started without fork.
private enum OtherProgram {
    /// Runs `start`; afterwards the heap's contents and place must be unchanged.
    static func run(_ stage: Stage, _ start: () throws -> Finding) throws -> Finding {
        try stage.fillUsually()
        let before = try HeapPlacement(of: stage.heap[0])
        let found = try start()
        let wrong = stage.heap.wrong(1)
        let isMoved = try HeapPlacement(of: stage.heap[0]) != before
        return .all([
            found, Finding(wrong: wrong, of: stage.heap.count, "the parent found"),
            isMoved ? .no("the pool was remapped") : .yes,
        ])
    }

    static func ended(_ stage: Stage, _ process: pid_t) throws -> Finding {
        let (end, value, _) = ChildEnd.reap(process, until: stage.deadline)
        return end == .exited && value == 0 ? .yes : .no("the program ended with \(value)")
    }
}
