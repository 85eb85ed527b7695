import CProcess
import Glibc
import LabBase

/// Turns Ctrl-C and SIGTERM into a descriptor, so that a run ends between trials with valid results.
///
/// Blocks both signals for the whole process: create it before the first thread starts.
package final class Interruption: Sendable {
    /// Becomes readable once a signal has arrived, and stays readable.
    package let descriptor: Int32

    /// Starts watching. Throws `SystemCallError`.
    package init() throws(SystemCallError) {
        descriptor = cp_interruption_fd()
        guard descriptor >= 0 else { throw SystemCallError("signalfd") }
    }

    deinit { close(descriptor) }

    /// From now on such a signal ends this process at once, as it does by default; signals that have already arrived
    /// are forgotten.
    package func letNextEndProcess() {
        // Each read returns a struct signalfd_siginfo. Source: signalfd(2).
        var record = [UInt8](repeating: 0, count: 128)
        while arrived { _ = read(descriptor, &record, record.count) }
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        sigprocmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Whether a signal has arrived. Safe in any thread.
    package var arrived: Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }
}
