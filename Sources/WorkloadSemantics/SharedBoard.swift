import CProcess
import Glibc
import LabBase
import Synchronization

/// Memory, shared but not part of any heap, in which related processes tell each other things.
struct SharedBoard: @unchecked Sendable {
    private struct Header: ~Copyable {
        let slots = Atomic<Int>(0)
        let hasText = Atomic<Bool>(false)
    }

    private static let slotCount = 256
    private static let textLimit = 1000
    private let header: UnsafeMutablePointer<Header>
    private let results: UnsafeMutablePointer<Atomic<Int>>
    private let textBytes: UnsafeMutablePointer<UInt8>

    init() throws(SystemCallError) {
        let resultBytes = Self.slotCount * MemoryLayout<Atomic<Int>>.stride
        guard let memory = cp_map_anonymous(64 + resultBytes + Self.textLimit + 1, true) else {
            throw SystemCallError("map a shared board")
        }
        header = memory.bindMemory(to: Header.self, capacity: 1)
        header.initialize(to: Header())
        results = (memory + 64).bindMemory(to: Atomic<Int>.self, capacity: Self.slotCount)
        for slot in 0..<Self.slotCount { (results + slot).initialize(to: Atomic(0)) }
        textBytes = (memory + 64 + resultBytes).bindMemory(to: UInt8.self, capacity: Self.textLimit + 1)
    }

    /// A new place for a number.
    func newSlot() -> Int {
        header.pointee.slots.wrappingAdd(1, ordering: .relaxed).oldValue % Self.slotCount
    }

    /// The number in a place.
    subscript(slot: Int) -> Int {
        get { results[slot].load(ordering: .acquiring) }
        nonmutating set { results[slot].store(newValue, ordering: .releasing) }
    }

    /// The first reported reason why a yes would prove nothing; nil if there is none.
    var objection: String? {
        header.pointee.hasText.load(ordering: .acquiring)
            ? String(cString: UnsafePointer(textBytes)) : nil
    }

    /// Reports a reason why a yes would prove nothing, unless there already is one.
    func object(_ text: String) {
        guard objection == nil else { return }
        for (index, byte) in text.utf8.prefix(Self.textLimit).enumerated() { textBytes[index] = byte }
        header.pointee.hasText.store(true, ordering: .releasing)
    }
}
