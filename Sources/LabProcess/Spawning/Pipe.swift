import CProcess
import Glibc
import LabBase

/// A pipe whose reading end never blocks.
final class Pipe {
    let reader: Int32
    let writer: Int32
    private var writerOpen = true
    private let kept: ChildProcess.Kept
    private var bytes: [UInt8] = []
    private var ended = false

    init(keeping kept: ChildProcess.Kept) throws(SystemCallError) {
        self.kept = kept
        var ends: (reader: Int32, writer: Int32) = (-1, -1)
        guard cp_pipe(&ends.reader, &ends.writer) == 0 else { throw SystemCallError("pipe") }
        (reader, writer) = ends
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
    }

    deinit {
        closeWriter()
        close(reader)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The reading end, or -1 once nobody can write any more: a hang-up would make poll return at once.
    var pollable: Int32 { ended ? -1 : reader }

    func closeWriter() {
        if writerOpen { close(writer) }
        writerOpen = false
    }

    /// Reads what has arrived so far, but does not follow a writer that never stops.
    func drain() {
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { chunk in
            for _ in 0..<Self.chunksAtOnce {
                let count = read(reader, chunk.baseAddress!, chunk.count)
                guard count > 0 else {
                    ended = ended || count == 0
                    return
                }
                keep(chunk[..<count])
            }
        }
    }

    /// More than fits into a pipe.
    private static let chunksAtOnce = 32

    private func keep(_ arrived: Slice<UnsafeMutableRawBufferPointer>) {
        switch kept {
        case .beginning(let limit): bytes += arrived.prefix(max(0, limit - bytes.count))
        case .end(let limit):
            bytes += arrived
            if bytes.count > limit { bytes.removeFirst(bytes.count - limit) }
        }
    }
}
