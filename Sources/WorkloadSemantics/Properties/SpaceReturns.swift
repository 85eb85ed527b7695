import ArgumentParser
import CProcess
import FoundationEssentials
import Glibc
import LabBase
import WorkloadBase
import WorkloadSchema

/// A program, its child and its grandchild end by themselves.
enum SpaceReturnsAfterExit: SemanticProgram {
    static let property = SemanticProperty.spaceReturnsAfterExit
    static func decide(_ stage: Stage) throws -> Finding { try FamilyEnd.exit.decide(stage) }
}

/// All three are killed by SIGSEGV.
enum SpaceReturnsAfterCrash: SemanticProgram {
    static let property = SemanticProperty.spaceReturnsAfterCrash
    static func decide(_ stage: Stage) throws -> Finding { try FamilyEnd.crash.decide(stage) }
}

/// All three are killed by SIGKILL.
enum SpaceReturnsAfterKill: SemanticProgram {
    static let property = SemanticProperty.spaceReturnsAfterKill
    static func decide(_ stage: Stage) throws -> Finding { try FamilyEnd.kill.decide(stage) }
}

/// How a family of three ends.
enum FamilyEnd: String, ExpressibleByArgument {
    case exit
    case crash
    case kill

    /// The signal that ends all three; 0 for none.
    var signal: Int32 {
        switch self {
        case .exit: 0
        case .crash: SIGSEGV
        case .kill: SIGKILL
        }
    }

    /// Compares the space before and after the family.
    fileprivate func decide(_ stage: Stage) throws -> Finding {
        guard let pool = stage.pool else { return .notApplicable("there is no pool") }
        let space = try ReturnedSpace(pool.directory)
        let names = try FileManager.default.contentsOfDirectory(atPath: pool.directory)
        let process = PropertyProcess(
            arguments: ["family", rawValue], environment: [:], timeout: 20_000_000_000)
        let (end, value, output) = try process.run()
        let isExpected = signal == 0 ? end == .exited && value == 0 : end == .signalled && value == signal
        // In mode 0 writing to one shared heap can kill it first.
        if end == .signalled, !isExpected { throw StageFailure.crashed(value) }
        guard isExpected, let taken = Int64(output) else {
            throw StageFailure.undecided("the family ended by \(end) \(value)")
        }
        guard taken - space.before > 2 * ReturnedSpace.tolerance else {
            throw StageFailure.undecided("the family took only \(taken - space.before) bytes")
        }
        while waitpid(-1, nil, 0) > 0 {}
        let left = Set(try FileManager.default.contentsOfDirectory(atPath: pool.directory)).subtracting(names)
        if let name = left.first { return .no("the file \(name) is left") }
        let lost = try space.lost(at: stage.deadline)
        return lost == 0 ? .yes : .no("\(lost) bytes are lost")
    }
}

/// `forklab-workload family`: a program, its child and its grandchild, which all write to their heaps. The program reports
/// how much of the file system is used then.
package struct FamilyCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "family", shouldDisplay: false)

    @Argument var end: FamilyEnd

    /// Creates a command for the parser.
    package init() {}

    package func run() throws {
        _ = cp_die_with_parent()
        var noCore = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &noCore)
        let stage = try Stage(deadline: Clock.nanoseconds + 15_000_000_000)
        try stage.fillUsually()
        let child = try stage.fork { turn in
            stage.heap.mark(2)
            let grandchild = try stage.fork { turn in
                stage.heap.mark(3)
                turn.yield()
                return 0
            }
            try grandchild.takeTurn()
            turn.yield()
            return try grandchild.finish()
        }
        try child.takeTurn()
        let used = "\(try ReturnedSpace.used(stage.pool?.directory ?? "."))"
        _ = used.withCString { write(3, $0, strlen($0)) }
        if end.signal != 0 { Glibc.kill(0, end.signal) }
        _ = try child.finish()
    }
}
