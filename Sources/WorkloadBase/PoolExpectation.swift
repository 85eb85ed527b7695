import CProcess
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
    /// Which side is to copy in a mode that copies: VMMALLOC_FORK_COPIER.
    package let copier: ForkAccount.Copier
    /// Whether the library gives accounts of its forks; a different library in its place may not.
    let givesAccounts: Bool

    /// Reads VMMALLOC_POOL_DIR, VMMALLOC_FORK, VMMALLOC_FORK_COPY and VMMALLOC_FORK_COPIER; nil without a pool directory, as for a reference.
    package static func fromEnvironment() throws(SystemCallError) -> PoolExpectation? {
        guard let directory = getenv("VMMALLOC_POOL_DIR") else { return nil }
        guard let resolved = realpath(directory, nil) else {
            throw SystemCallError("resolve VMMALLOC_POOL_DIR \(String(cString: directory))")
        }
        defer { free(resolved) }
        let mode =
            getenv("VMMALLOC_FORK").flatMap { Int(String(cString: $0)) }.flatMap(ForkMode.init)
            ?? .privateRemap
        let engine = getenv("VMMALLOC_FORK_COPY").map { String(cString: $0) }
        let copier = getenv("VMMALLOC_FORK_COPIER").map { String(cString: $0) }
        return PoolExpectation(
            directory: String(cString: resolved), mode: mode,
            forcedEngine: engine.flatMap(ForkAccount.Action.init),
            copier: mode.copies ? copier.flatMap(ForkAccount.Copier.init) ?? .parent : .parent,
            givesAccounts: ForkAccount.isAvailable)
    }

    /// Whether `block` is mapped private in this process; nil if its child is not to copy, or if that cannot be told. To be
    /// called right after a fork, before anything is allocated: a malloc may begin to fold the heap.
    package func seesFrozen(_ block: UnsafeRawPointer) -> Bool? {
        guard copier == .child else { return nil }
        let shared = cp_is_mapped_shared(block)
        return shared < 0 ? nil : shared == 0
    }
}
