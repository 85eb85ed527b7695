import CProcess
import Glibc
import LabBase

/// The two ends of a line on which parent and child take turns. Each end is for one process, and one thread of it.
package struct TurnLine {
    private let parentEnd: Int32
    private let childEnd: Int32

    package init() throws(SystemCallError) {
        var ends: (Int32, Int32) = (-1, -1)
        let status = withUnsafeMutableBytes(of: &ends) {
            socketpair(
                AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0,
                $0.baseAddress!.assumingMemoryBound(to: Int32.self))
        }
        guard status == 0 else { throw SystemCallError("socketpair") }
        (parentEnd, childEnd) = ends
    }

    /// In the child: says "done", then waits until the parent gives it the turn. Exits if the parent is gone.
    package func childYield() {
        childSignal()
        childWait()
    }

    /// In the child: closes the parent's end; otherwise the child would never learn that its parent is gone.
    package func childBegin() { close(parentEnd) }

    private func childSignal() {
        var byte: UInt8 = 1
        write(childEnd, &byte, 1)
    }

    /// In the child: waits until the parent gives it the turn. Exits if the parent is gone.
    package func childWait() {
        var byte: UInt8 = 0
        if read(childEnd, &byte, 1) != 1 { _exit(3) }
    }

    /// In the parent: keeps only its own end.
    package func parentBegin() { close(childEnd) }

    /// In the parent: gives the child the turn.
    package func parentSignal() {
        var byte: UInt8 = 1
        // Waiting will detect a child that is gone; its closed end must not kill the parent.
        send(parentEnd, &byte, 1, Int32(MSG_NOSIGNAL))
    }

    /// In the parent: waits until the child says "done"; false if it ended or `deadline` (ns, monotonic) passed.
    package func parentWait(until deadline: UInt64) -> Bool {
        guard Poll.readable(parentEnd, until: deadline) else { return false }
        var byte: UInt8 = 0
        return read(parentEnd, &byte, 1) == 1
    }

    /// In the parent: closes the line.
    package func parentEndLine() { close(parentEnd) }
}
