import CProcess
import Glibc
import LabBase

/// The processes below one process.
package enum ProcessTree {
    /// The children of `process`, their children, and so on; any that end meanwhile may be missing.
    package static func descendants(of process: pid_t) -> [pid_t] {
        var found: [pid_t] = []
        // A process number may be reused while the list is made.
        var known: Set<pid_t> = []
        var next = children(of: process)
        while let child = next.popLast() {
            guard known.insert(child).inserted else { continue }
            found.append(child)
            next += children(of: child)
        }
        return found
    }

    /// The children of `process`, whichever of its threads made them; empty if it is gone.
    package static func children(of process: pid_t) -> [pid_t] {
        threads(of: process).flatMap { thread in
            let text = (try? TextFile.read("/proc/\(process)/task/\(thread)/children")) ?? ""
            return text.split(separator: " ").compactMap { pid_t($0) }
        }
    }

    private static func threads(of process: pid_t) -> [pid_t] {
        (Folder.read("/proc/\(process)/task") ?? []).compactMap { pid_t($0) }
    }

    /// Kills everything below this process, which must have adopted its orphans (`cp_adopt_orphans`), and
    /// returns when nothing is left.
    package static func killAll() {
        while true {
            // Their own children become ours. One of them may fork endlessly and produce dead processes as fast as they are
            // reaped. So no more are reaped than were listed, and the rest is listed and killed again.
            let listed = children(of: getpid())
            for process in listed { end(process) }
            var reaped = waitpid(-1, nil, WNOHANG)
            for _ in listed where reaped > 0 { reaped = waitpid(-1, nil, WNOHANG) }
            if reaped < 0 && errno == ECHILD { return }
            usleep(1000)
        }
    }

    /// Reaps the dead among the children that this process has adopted, which are all but `own`.
    package static func reapOrphans(except own: pid_t) {
        for child in children(of: getpid()) where child != own { waitpid(child, nil, WNOHANG) }
    }

    /// Kills the whole group of `process` at once: processes that fork endlessly do so faster than they can be listed.
    private static func end(_ process: pid_t) {
        let group = getpgid(process)
        if group > 1 && group != getpgrp() { kill(-group, SIGKILL) }
        kill(process, SIGKILL)
    }
}
