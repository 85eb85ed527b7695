import Glibc
import LabBase
import LabProcess
import Measurement

/// A fork log that is counted as it arrives and not stored: a FIFO for VMMALLOC_FORK_LOG. A program may fork
/// endlessly and fill neither disk nor memory; it has to wait if it forks faster than a thread here can count.
final class ForkLogPipe {
    private static let endMark = "end"
    private let path: String
    private let descriptor: Int32
    private let counter: Counter
    private let thread: JoinableThread

    /// Makes the FIFO at `path`, for any user, and counts forks of programs that run in `mode`.
    ///
    /// Throws `SystemCallError`.
    init(path: String, mode: ForkMode) throws(SystemCallError) {
        self.path = path
        guard mkfifo(path, 0o600) == 0, chmod(path, 0o666) == 0 else {
            throw SystemCallError("create \(path)")
        }
        // Opened for writing too, so that it never reports its end while no program has it open.
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallError("open \(path)") }
        self.descriptor = descriptor
        let counter = Counter(mode)
        self.counter = counter
        do {
            thread = try JoinableThread { counter.run(descriptor) }
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// The forks whose lines were written before this call. Must be called once, when nothing writes any more: it closes
    /// the FIFO. Throws `SystemCallError`.
    func finish() throws(SystemCallError) -> ForkActions {
        try OutputFile.append("\n\(Self.endMark)\n", to: descriptor, path: path)
        thread.join()
        close(descriptor)
        return counter.actions
    }

    /// The work of the thread. Its result may be read only once the thread has ended.
    private final class Counter: @unchecked Sendable {
        private let mode: ForkMode
        var actions = ForkActions()

        init(_ mode: ForkMode) { self.mode = mode }

        func run(_ descriptor: Int32) {
            var chunk = [UInt8](repeating: 0, count: 65536)
            var pending: [UInt8] = []
            while true {
                let count = read(descriptor, &chunk, chunk.count)
                guard count > 0 else {
                    if count < 0 && errno == EINTR { continue }
                    return
                }
                pending += chunk[..<count]
                guard let end = pending.lastIndex(of: UInt8(ascii: "\n")) else { continue }
                let lines = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeFirst(end + 1)
                for fork in ForkLog(lines).forks { actions.add(fork.account, in: mode) }
                if lines.split(separator: "\n").last?.elementsEqual(ForkLogPipe.endMark) == true { return }
            }
        }
    }
}
