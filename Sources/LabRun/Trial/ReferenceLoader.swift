import LabBase
import LabProcess
import LabScenario

/// Finds out which references are available here.
package enum ReferenceLoader {
    /// The name that ld.so looks up for LD_PRELOAD; nil for the C library's own malloc.
    static func preload(_ reference: Contender.Reference) -> String? {
        switch reference {
        case .glibc: nil
        case .jemalloc: "libjemalloc.so.2"
        }
    }

    /// Why a reference cannot be measured here; nil if it can. ld.so ignores a preload that it does not
    /// find, so this has it loaded into a program that does nothing.
    package static func obstacle(_ reference: Contender.Reference) -> Skipped? {
        guard let library = preload(reference), let program = RealPath.program("true") else { return nil }
        let environment = ProgramEnvironment.plain.merging(["LD_PRELOAD": library]) { _, new in new }
        let process = ChildProcess(
            executable: program, arguments: [], environment: environment, timeout: .seconds(10))
        guard let result = try? process.run(interruption: nil),
            result.errors.contains("cannot be preloaded")
        else { return nil }
        return Skipped(
            what: "reference=\(reference.rawValue)",
            reason: "needs \(library); install the package libjemalloc2")
    }
}
