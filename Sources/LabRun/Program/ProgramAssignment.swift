import Glibc
import LabProcess
import LabScenario
import Measurement
import WorkloadSchema

/// Everything that a supervisor needs to make one trial of a program.
package struct ProgramAssignment: Codable, Sendable {
    /// The program.
    var program: ProgramDefinition
    /// Values of placeholders: the pool's size and the scenario's own parameters.
    var values: [String: String]
    /// The variables that put the server's heap where the cell wants it.
    var allocator: [String: String]
    /// The mode of the library; nil for a reference.
    var mode: ForkMode?
    /// The copy engine that the cell forces; nil if the library may choose.
    var forcedEngine: ForkAccount.Action?
    /// Which side copies in a mode that copies; nil: the parent.
    var copier: ForkAccount.Copier?
    /// The directory in which to make the pool's directory; nil for a reference.
    var poolRoot: String?
    /// The seed for random numbers in requests.
    var seed: UInt64
    /// Nanoseconds that the trial may take.
    var timeout: UInt64
    /// The process whose end must end the trial.
    var harness: Int32

    /// The assignment for one trial of `cell`, whose pool goes below `directory`.
    init(
        _ program: ProgramDefinition, cell: Cell, executables: Executables, directory: String, seed: UInt64,
        timeout: UInt64
    ) {
        self.program = program
        var values = [
            "pool_size": cell[WorkloadParameter.poolSize.name] ?? WorkloadParameter.poolSize.defaultValue
        ]
        for parameter in program.parameters {
            values[parameter.name] = cell[parameter.name] ?? parameter.defaultValue
        }
        self.values = values
        self.seed = seed
        self.timeout = timeout
        harness = getpid()
        allocator = TrialEnvironment.allocator(of: cell, executables: executables, directory: directory)
        if case .mode(let mode) = cell.contender {
            self.mode = mode
            poolRoot = directory
            let engine = allocator["VMMALLOC_FORK_COPY"]
            forcedEngine = engine.flatMap(ForkAccount.Action.init)
            copier = allocator["VMMALLOC_FORK_COPIER"].flatMap(ForkAccount.Copier.init)
        } else if cell.contender == .reference(.glibc) {
            // The program may bring its own allocator; this puts the C library's before it.
            allocator["LD_PRELOAD"] = "libc.so.6"
        }
    }
}
