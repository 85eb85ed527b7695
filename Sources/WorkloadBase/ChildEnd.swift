import CProcess
import Glibc
import LabBase

/// How a child ended, as its parent saw it.
package enum ChildEnd: UInt8 {
    /// It has not been waited for.
    case unknown
    /// It ended by itself; the value is its status.
    case exited
    /// It was ended by a signal; the value is the signal's number.
    case signalled
    /// It did not answer in time and was killed.
    case hung

    /// Waits for the end of `child`; kills it at `deadline` (ns, monotonic). Returns how it ended, the value, and the time.
    package static func reap(_ child: pid_t, until deadline: UInt64) -> (
        end: ChildEnd, value: Int32, at: UInt64
    ) {
        let descriptor = cp_pidfd_open(child)
        let ended = descriptor >= 0 && Poll.readable(descriptor, until: deadline)
        let time = Clock.nanoseconds
        if descriptor >= 0 { close(descriptor) }
        if !ended { kill(child, SIGKILL) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        if !ended { return (.hung, 0, time) }
        return cp_exited(status)
            ? (.exited, cp_exit_status(status), time) : (.signalled, cp_term_signal(status), time)
    }
}
