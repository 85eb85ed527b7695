import Measurement

/// What a cell measures: the preload library in one of its modes, or a reference without a pool.
package enum Contender: Hashable, Sendable, CustomStringConvertible {
    /// libvmmalloc with VMMALLOC_FORK set to the mode.
    case mode(ForkMode)
    /// An allocator on anonymous memory.
    case reference(Reference)

    /// The allocators that the library is compared with.
    package enum Reference: String, CaseIterable, Sendable {
        /// The C library's own malloc.
        case glibc
        /// jemalloc, by LD_PRELOAD=libjemalloc.so.2.
        case jemalloc
    }

    /// The key that names it in cells and scenarios: "mode" or "reference".
    package var key: String {
        switch self {
        case .mode: "mode"
        case .reference: "reference"
        }
    }

    /// The value of that key: "1", "jemalloc".
    package var value: String {
        switch self {
        case .mode(let mode): "\(mode.rawValue)"
        case .reference(let reference): reference.rawValue
        }
    }

    /// "mode=1", "reference=jemalloc".
    package var description: String { "\(key)=\(value)" }

    /// Whether fork must leave both heaps intact: true for everything but mode 0, which promises nothing.
    package var promisesIsolation: Bool { self != .mode(.disabled) }
}
