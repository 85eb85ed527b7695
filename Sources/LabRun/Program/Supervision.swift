import CProcess
import Glibc
import LabBase

/// The role of a process that makes one trial for a harness, so that nothing of the trial outlives the harness.
package enum Supervision {
    /// The time that a supervisor may need to end everything it has started and to remove its files.
    package static let grace = Duration.seconds(10)

    /// Makes this process the supervisor of a trial: it adopts every process that the trial leaves behind, and gets
    /// SIGTERM when `harness`, its parent, ends.
    ///
    /// Returns false if the harness is already gone. Throws `SystemCallError`.
    package static func begin(for harness: pid_t) throws(SystemCallError) -> Bool {
        // A report that nobody reads any more must not keep it from cleaning up.
        signal(SIGPIPE, SIG_IGN)
        guard cp_adopt_orphans() == 0 else { throw SystemCallError("prctl(PR_SET_CHILD_SUBREAPER)") }
        guard cp_terminate_with_parent() == 0 else { throw SystemCallError("prctl(PR_SET_PDEATHSIG)") }
        return getppid() == harness
    }
}
