import CProcess
import Glibc
import LabBase
import WorkloadBase
import WorkloadSchema

/// io_uring registers a buffer in the heap: the kernel pins its pages.
enum HeapBlocksPinned: SemanticProgram {
    static let property = SemanticProperty.heapBlocksPinned

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        guard let pinned = try PinnedBuffer(PinnedBuffer.block(stage)) else {
            return PinnedBuffer.nothingToPinWith
        }
        defer { pinned.close() }
        if let refusal = pinned.refusal { return .no("the kernel does not pin them: \(refusal)") }
        return try pinned.readArrives() ? .yes : .no("what was read did not arrive")
    }
}

/// After a fork the parent writes to such a buffer, and then the kernel reads into it through the pinned pages.
enum PinnedReadsArrive: SemanticProgram {
    static let property = SemanticProperty.pinnedReadsArrive

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        return try PinnedBuffer.decide(stage, in: PinnedBuffer.block(stage))
    }
}

/// The same if the process has forked before it registers the buffer.
enum LaterPinnedReadsArrive: SemanticProgram {
    static let property = SemanticProperty.laterPinnedReadsArrive

    static func decide(_ stage: Stage) throws -> Finding {
        try stage.fillUsually()
        let block = try PinnedBuffer.block(stage)
        _ = try stage.fork { _ in 0 }.finish()
        return try PinnedBuffer.decide(stage, in: block)
    }
}

/// A block of the heap that is registered with an io_uring, and a file to read from.
private struct PinnedBuffer {
    /// The finding if io_uring is denied, as in a container, or missing from the kernel.
    static let nothingToPinWith = Finding.notApplicable("there is no io_uring here")

    private static let size = 64 << 10
    private let ring: UnsafeMutablePointer<cp_ring>
    private let bytes: UnsafeMutableRawPointer
    private let file: Int32
    /// Why the kernel did not register it; nil if it did.
    let refusal: String?

    /// Memory for a buffer, allocated before the first fork.
    static func block(_ stage: Stage) throws -> UnsafeMutableRawPointer {
        guard let block = aligned_alloc(4096, size) else {
            throw StageFailure.undecided("aligned_alloc returned NULL")
        }
        memset(block, 1, size)
        try stage.proveInPool(block)
        return block
    }

    /// Registers `block`, forks, writes, and reads.
    static func decide(_ stage: Stage, in block: UnsafeMutableRawPointer) throws -> Finding {
        guard let pinned = try PinnedBuffer(block) else { return nothingToPinWith }
        defer { pinned.close() }
        guard pinned.refusal == nil else {
            return .notApplicable("the kernel does not pin blocks of this heap")
        }
        let child = try stage.fork { turn in
            turn.yield()
            return stage.heap.wrong(1)
        }
        stage.heap.mark(2)
        pinned.write()
        let arrives = try pinned.readArrives()
        try child.takeTurn()
        let wrong = try child.finish()
        return .all([
            arrives ? .yes : .no("the kernel and the program have different pages by now"),
            Finding(wrong: wrong, of: stage.heap.count, "the child found"),
        ])
    }

    /// nil if there is no io_uring. Throws `StageFailure` if nothing may be pinned.
    init?(_ bytes: UnsafeMutableRawPointer) throws {
        let ring = UnsafeMutablePointer<cp_ring>.allocate(capacity: 1)
        guard cp_ring_open(ring) == 0 else {
            if [ENOSYS, EPERM].contains(errno) { return nil }
            throw StageFailure.undecided("io_uring_setup: \(String(cString: strerror(errno)))")
        }
        let code = cp_ring_register(ring, bytes, Self.size) == 0 ? 0 : errno
        // RLIMIT_MEMLOCK limits pinned memory.
        guard code != ENOMEM else {
            throw StageFailure.undecided("io_uring_register: \(String(cString: strerror(code)))")
        }
        refusal = code == 0 ? nil : String(cString: strerror(code))
        (self.ring, self.bytes) = (ring, bytes)
        file = cp_memory_file()
        guard file >= 0, ftruncate(file, Self.size) == 0, pwrite(file, "file", 4, Self.size - 4) == 4 else {
            throw SystemCallError("make a file in memory")
        }
    }

    /// Writes the buffer, as a program would.
    func write() { memset(bytes, 3, Self.size) }

    /// Reads the file into the buffer. Returns whether the program sees all of the file there.
    func readArrives() throws -> Bool {
        guard cp_ring_read(ring, file, bytes, Self.size) == Self.size else {
            throw SystemCallError("read into a registered buffer")
        }
        let tail = Self.size - 4
        return memcmp(bytes, bytes + 1, tail - 1) == 0 && memcmp(bytes, "\0", 1) == 0
            && memcmp(bytes + tail, "file", 4) == 0
    }

    func close() {
        cp_ring_close(ring)
        Glibc.close(file)
    }
}
