import ArgumentParser
import CProcess
import FoundationEssentials
import Glibc
import LabBase
import Measurement
import WorkloadBase
import WorkloadSchema

/// The executed program's heap lies in a pool, and not in that of its parent.
enum ExecGetsOwnPool: SemanticProgram {
    static let property = SemanticProperty.execGetsOwnPool

    static func decide(_ stage: Stage) throws -> Finding {
        try Execution.run(stage) { found in
            switch found {
            case .heapOutsidePool: .no("its heap lies outside a pool")
            case .sharesPool: .no("its heap is its parent's")
            default: .yes
            }
        }
    }
}

/// No descriptor and no mapping of the executed program leads to a file of its parent's heap.
enum ExecInheritsNothing: SemanticProgram {
    static let property = SemanticProperty.execInheritsNothing

    static func decide(_ stage: Stage) throws -> Finding {
        try Execution.run(stage) { found in
            switch found {
            case .hasDescriptor: .no("it inherits a descriptor of its parent's pool")
            case .hasMapping: .no("it maps its parent's pool")
            default: .yes
            }
        }
    }
}

/// A child that becomes another program, which looks at itself.
private enum Execution {
    static func run(_ stage: Stage, judge: (ExecutedCommand.Found) -> Finding) throws -> Finding {
        guard let pool = stage.pool else { return .notApplicable("there is no pool") }
        try stage.fillUsually()
        guard let before = try HeapPlacement(of: stage.heap[0]) else {
            throw StageFailure.undecided("a block is mapped nowhere")
        }
        let words = ["forklab-workload", "executed", pool.directory, "\(before.inode)"]
        // Made here: in mode 0 the child's allocations would destroy its parent's heap.
        var arguments = words.map { strdup($0) } + [nil]
        let child = try stage.fork { _ in
            execv("/proc/self/exe", &arguments)
            throw SystemCallError("execute /proc/self/exe")
        }
        do {
            _ = try child.finish()
        } catch StageFailure.left(let status) {
            guard let found = ExecutedCommand.Found(rawValue: status) else {
                throw StageFailure.undecided("the executed program ended with status \(status)")
            }
            return judge(found)
        }
        throw StageFailure.undecided("the executed program said nothing")
    }
}

/// `forklab-workload executed`: the program that a child executes. Its exit status tells what it found.
package struct ExecutedCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "executed", shouldDisplay: false)

    /// The possible findings. The raw value is the exit status.
    enum Found: Int32 {
        case nothing = 30
        case heapOutsidePool
        case sharesPool
        case hasDescriptor
        case hasMapping
    }

    /// The directory of the pools.
    @Argument var directory: String
    /// The inode of the pool of the process that forked.
    @Argument var inode: UInt64

    /// Creates a command for the parser.
    package init() {}

    package func run() throws {
        throw ExitCode(try look().rawValue)
    }

    private func look() throws -> Found {
        let block = malloc(100)
        defer { free(block) }
        let mappings = try MemoryMapping.read(process: getpid())
        guard let placement = HeapPlacement(of: UInt(bitPattern: block), in: mappings),
            placement.isPool(in: directory)
        else { return .heapOutsidePool }
        if placement.inode == inode { return .sharesPool }
        // Its own pool is the only unnamed file in that directory that it may have.
        let isInherited = { (path: String, inode: UInt64) in
            path.hasPrefix(directory) && path.hasSuffix(" (deleted)") && inode != placement.inode
        }
        for descriptor in Int32(0)..<Int32(min(sysconf(Int32(_SC_OPEN_MAX)), 1 << 20)) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { continue }
            let path = try FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/fd/\(descriptor)")
            if isInherited(path, UInt64(status.st_ino)) { return .hasDescriptor }
        }
        return mappings.contains { isInherited($0.path, $0.inode) } ? .hasMapping : .nothing
    }
}
