import Synchronization

/// A number that any thread and signal handler may change. What others count at the same time is never lost; it wraps,
/// and never traps.
struct Counter: ~Copyable, Sendable {
    private let value = Atomic<UInt64>(0)

    /// Its value at some moment of the call.
    var now: UInt64 { value.load(ordering: .relaxed) }

    /// Adds one, or as much as is said; what wraps subtracts. Returns the sum.
    @discardableResult
    func add(_ amount: UInt64 = 1) -> UInt64 { value.wrappingAdd(amount, ordering: .relaxed).newValue }

    /// Subtracts one.
    func subtractOne() { value.wrappingSubtract(1, ordering: .relaxed) }

    /// Becomes `other` if that is more.
    func raise(to other: UInt64) { value.max(other, ordering: .relaxed) }

    /// Becomes `other`.
    func set(to other: UInt64) { value.store(other, ordering: .relaxed) }
}
