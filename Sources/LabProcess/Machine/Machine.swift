import Glibc
import LabBase
import Measurement

/// The machine as checks see it: its /proc and /sys below a folder that a test may choose, and its programs.
package struct Machine: Sendable {
    /// The prefix of "/proc" and "/sys": empty for this machine.
    let root: String
    /// Whether there is a program of the given name.
    package let hasProgram: @Sendable (String) -> Bool
    /// Processors that may be used.
    package let processors: Int

    /// The machine on which this process runs.
    package static let this = Machine(
        root: "", hasProgram: { RealPath.program($0) != nil },
        processors: sysconf(Int32(_SC_NPROCESSORS_ONLN))
    )

    /// The text of a file; nil if it cannot be read.
    package func read(_ path: String) -> String? { try? TextFile.read(root + path) }

    /// The first line of a file; nil if it cannot be read.
    package func line(_ path: String) -> String? {
        read(path)?.split(separator: "\n").first.map(String.init)
    }

    /// The whole number in a file; nil if it cannot be read.
    package func number(_ path: String) -> Int64? { line(path).flatMap { Int64($0) } }

    /// The choice in brackets, as in "always [madvise] never"; nil if there is none.
    package func choice(_ path: String) -> String? {
        line(path)?.split(separator: " ").first { $0.hasPrefix("[") && $0.hasSuffix("]") }
            .map { String($0.dropFirst().dropLast()) }
    }

    /// Bytes of a field of /proc/meminfo; 0 for one that this kernel does not have.
    package func memory(_ field: String) -> Int64 {
        KilobyteFields(read("/proc/meminfo") ?? "")[field]
    }
}
