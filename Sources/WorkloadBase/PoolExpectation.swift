import Glibc
import LabBase
import Measurement

/// What the environment says about the heap: the place of its pool and what fork must do to it.
package struct PoolExpectation {
    /// The pool's directory, links resolved.
    package let directory: String
    /// The mode that was asked for.
    package let mode: ForkMode
    /// The copy engine that VMMALLOC_FORK_COPY forces; nil if the library may choose.
    let forcedEngine: ForkAccount.Action?
    /// Whether the library gives accounts of its forks; a different library in its place may not.
    let givesAccounts: Bool

    /// Reads VMMALLOC_POOL_DIR, VMMALLOC_FORK and VMMALLOC_FORK_COPY; nil without a pool directory, as for a reference.
    package static func fromEnvironment() throws(SystemCallError) -> PoolExpectation? {
        guard let directory = getenv("VMMALLOC_POOL_DIR") else { return nil }
        guard let resolved = realpath(directory, nil) else {
            throw SystemCallError("resolve VMMALLOC_POOL_DIR \(String(cString: directory))")
        }
        defer { free(resolved) }
        let mode = getenv("VMMALLOC_FORK").flatMap { Int(String(cString: $0)) }.flatMap(ForkMode.init)
        let engine = getenv("VMMALLOC_FORK_COPY").map { String(cString: $0) }
        return PoolExpectation(
            directory: String(cString: resolved), mode: mode ?? .privateRemap,
            forcedEngine: engine.flatMap(ForkAccount.Action.init),
            givesAccounts: ForkAccount.isAvailable)
    }
}
