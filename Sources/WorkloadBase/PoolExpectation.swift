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
    /// Whether what a fork made private is to return to the file: VMMALLOC_FOLD, or without it where the child copies.
    package let folds: Bool
    /// Whether the library gives accounts of its forks; a different library in its place may not.
    let givesAccounts: Bool

    /// Reads VMMALLOC_POOL_DIR, VMMALLOC_FORK, VMMALLOC_FORK_COPY, VMMALLOC_FORK_COPIER and VMMALLOC_FOLD;
    /// nil without a pool directory, as for a reference.
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
        let named = getenv("VMMALLOC_FORK_COPIER").flatMap {
            ForkAccount.Copier(rawValue: String(cString: $0))
        }
        let copier = mode.copies ? named ?? .parent : .parent
        let folding = getenv("VMMALLOC_FOLD").map { String(cString: $0) == "auto" }
        return PoolExpectation(
            directory: String(cString: resolved), mode: mode,
            forcedEngine: engine.flatMap(ForkAccount.Action.init),
            copier: copier,
            folds: (mode == .privateRemap || copier == .child) && (folding ?? (copier == .child)),
            givesAccounts: ForkAccount.isAvailable)
    }

    /// Whether `block` is mapped private in this process; nil if no fork is to make it so until a fold, or if that cannot be told.
    /// To be called right after a fork, before anything is allocated: a malloc may begin to fold the heap.
    package func seesFrozen(_ block: UnsafeRawPointer) -> Bool? {
        guard copier == .child || folds else { return nil }
        let shared = cp_is_mapped_shared(block)
        return shared < 0 ? nil : shared == 0
    }
}
