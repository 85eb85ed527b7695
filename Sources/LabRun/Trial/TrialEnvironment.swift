import LabProcess
import LabScenario
import Measurement
import WorkloadSchema

/// The environment of a trial, built from scratch: settings of the user's shell must not reach what is measured.
package enum TrialEnvironment {
    /// The settings that put a program's heap into a pool.
    package static func preload(library: String, directory: String, size: String, mode: ForkMode)
        -> [String:
        String]
    {
        [
            "LD_PRELOAD": library, "VMMALLOC_POOL_DIR": directory, "VMMALLOC_POOL_SIZE": size,
            "VMMALLOC_FORK": "\(mode.rawValue)",
        ]
    }

    /// The environment of one trial of `cell`, whose pool is in `directory`.
    static func of(_ cell: Cell, executables: Executables, directory: String) -> [String: String] {
        ProgramEnvironment.plain.merging(allocator(of: cell, executables: executables, directory: directory))
        { _, new in new }
    }

    /// The variables that put the heap of a program where `cell` wants it: the library and its settings, or a reference.
    static func allocator(
        of cell: Cell, executables: Executables, directory: String
    ) -> [String: String] {
        switch cell.contender {
        case .mode(let mode):
            let settings = preload(
                library: executables.library, directory: directory,
                size: cell[WorkloadParameter.poolSize.name] ?? WorkloadParameter.poolSize.defaultValue,
                mode: mode)
            return settings.merging(LibrarySetting.environment(of: cell)) { _, new in new }
        case .reference(let reference):
            return ReferenceLoader.preload(reference).map { ["LD_PRELOAD": $0] } ?? [:]
        case nil: return [:]
        }
    }
}
