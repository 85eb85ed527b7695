import Glibc
import LabBase

/// Finds unused TCP ports of this machine.
enum FreePorts {
    /// `count` different ports. The kernel hands them out in turn, so they stay free for a while.
    ///
    /// Throws `SystemCallError`.
    static func find(_ count: Int) throws(SystemCallError) -> [UInt16] {
        var sockets: [Int32] = []
        defer { for descriptor in sockets { close(descriptor) } }
        var ports: [UInt16] = []
        for _ in 0..<count {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw SystemCallError("make a socket") }
            sockets.append(descriptor)
            var address = sockaddr_in(loopbackPort: 0)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(descriptor, address, length) == 0
                        ? getsockname(descriptor, address, &length) : -1
                }
            }
            guard result == 0 else { throw SystemCallError("bind a socket to a free port") }
            ports.append(UInt16(bigEndian: address.sin_port))
        }
        return ports
    }
}

extension sockaddr_in {
    /// The address 127.0.0.1 with a port.
    init(loopbackPort port: UInt16) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = port.bigEndian
        sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    }
}
