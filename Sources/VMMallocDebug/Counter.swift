import Synchronization

/// A number that any thread and signal handler may change. No concurrent change is lost. It wraps around and never traps.
struct Counter: ~Copyable, Sendable {
    private let value = Atomic<UInt64>(0)

    /// Its value at some moment of the call.
    var now: UInt64 { value.load(ordering: .relaxed) }

    /// Adds one, or the given amount, which subtracts by wrapping around. Returns the sum.
    @discardableResult
    func add(_ amount: UInt64 = 1) -> UInt64 { value.wrappingAdd(amount, ordering: .relaxed).newValue }

    /// Subtracts one.
    func subtractOne() { value.wrappingSubtract(1, ordering: .relaxed) }

    /// Becomes `other` if that is greater.
    func raise(to other: UInt64) { value.max(other, ordering: .relaxed) }

    /// Becomes `other`.
    func set(to other: UInt64) { value.store(other, ordering: .relaxed) }
}
