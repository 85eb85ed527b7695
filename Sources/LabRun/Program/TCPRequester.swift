import Glibc
import LabBase
import LabScenario

/// Sends requests to a TCP port of this machine, one at a time, and tells whether each was answered
/// correctly. After a failure the next request makes a new connection.
struct TCPRequester: ~Copyable {
    private let port: UInt16
    private let requests: [Message]
    private let reconnect: Bool
    private let patience: timeval
    private var random: SeededGenerator
    private var descriptor: Int32 = -1
    private var outgoing: [UInt8] = []
    private var incoming = [UInt8](repeating: 0, count: 1 << 16)
    private var received = 0
    /// A description of the last failure; empty if there was none.
    private(set) var lastFailure = ""

    /// A request, prepared for sending.
    private struct Message {
        let pieces: [RequestText.Piece]
        let expect: [UInt8]
        let end: [UInt8]

        /// Whether nothing is sent or expected, so that a connection is enough.
        var expectsNothing: Bool { pieces.isEmpty && expect.isEmpty }

        init(_ request: ProgramDefinition.Request) {
            pieces = RequestText.pieces(of: request.send).compactMap { $0 }
            expect = Array(request.expect.utf8)
            end = Array(request.end.utf8)
        }
    }

    /// A requester that waits up to `patience` nanoseconds for each response.
    init(
        port: UInt16, requests: [ProgramDefinition.Request], reconnect: Bool, patience: UInt64, seed: UInt64
    ) {
        self.port = port
        self.requests = requests.map(Message.init)
        self.reconnect = reconnect
        self.patience = timeval(
            tv_sec: Int(patience / 1_000_000_000), tv_usec: Int(patience % 1_000_000_000 / 1000))
        random = SeededGenerator(seed: seed)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Sends request `number` (the requests take turns) and waits for its response; returns whether it was right.
    mutating func perform(_ number: Int) -> Bool {
        let message = requests[number % requests.count]
        let succeeded = connected() && sent(message) && answered(message)
        if !succeeded || reconnect { disconnect() }
        return succeeded
    }

    /// The response to the last request.
    var lastResponse: String { String(decoding: incoming[..<received], as: UTF8.self) }

    private mutating func disconnect() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    private mutating func fail(_ what: String, code: Int32 = errno) -> Bool {
        lastFailure = code == EAGAIN ? "\(what): no answer in time" : "\(SystemCallError(what, code: code))"
        return false
    }

    private mutating func connected() -> Bool {
        guard descriptor < 0 else { return true }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return fail("socket") }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var limit = patience
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_in(loopbackPort: port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result == 0 ? true : fail("connect")
    }

    private mutating func sent(_ message: Message) -> Bool {
        outgoing.removeAll(keepingCapacity: true)
        for piece in message.pieces {
            switch piece {
            case .text(let text): outgoing += text.utf8
            case .random(let limit): outgoing += String(Int.random(in: 0..<limit, using: &random)).utf8
            }
        }
        // Leftovers of an earlier response do not belong to this one.
        while recv(descriptor, &incoming, incoming.count, Int32(MSG_DONTWAIT)) > 0 {}
        var done = 0
        while done < outgoing.count {
            let count = outgoing.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + done, $0.count - done, Int32(MSG_NOSIGNAL))
            }
            // A call on a socket with a time limit is not restarted automatically. Source: signal(7).
            guard count > 0 || errno == EINTR else { return fail("send") }
            done += max(0, count)
        }
        return true
    }

    private mutating func answered(_ message: Message) -> Bool {
        received = 0
        // The connection alone is the answer.
        guard !message.expectsNothing else { return true }
        while true {
            if received == incoming.count { incoming += [UInt8](repeating: 0, count: incoming.count) }
            let start = received
            let count = incoming.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress! + start, $0.count - start, 0)
            }
            guard count != 0 else {
                lastFailure = "receive: the server closed the connection"
                return false
            }
            guard count > 0 || errno == EINTR else { return fail("receive") }
            received += max(0, count)
            if received == start { continue }
            let response = incoming[..<received]
            let known = min(received, message.expect.count)
            guard response.prefix(known).elementsEqual(message.expect.prefix(known)) else {
                lastFailure = "answered \"\(String(decoding: response.prefix(80), as: UTF8.self))\""
                return false
            }
            let isWhole = response.suffix(message.end.count).elementsEqual(message.end)
            if known == message.expect.count && isWhole { return true }
        }
    }
}
