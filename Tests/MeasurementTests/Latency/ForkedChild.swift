import CProcess
import Glibc

/// A child that runs a few lines and exits.
enum ForkedChild {
    /// Its exit status: 0 if `body` has run; nil if there was no child, or a signal ended it.
    static func run(_ body: () -> Void) -> Int32? {
        let child = cp_fork()
        if child == 0 {
            body()
            _exit(0)
        }
        var status: Int32 = 0
        guard child > 0, waitpid(child, &status, 0) == child, cp_exited(status) else { return nil }
        return cp_exit_status(status)
    }
}
