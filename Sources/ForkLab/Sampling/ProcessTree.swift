import CProcess
import FoundationEssentials
import Glibc
import Measurement

/// The processes below one process.
enum ProcessTree {
    /// The children of `process` and theirs, and so on; those that end meanwhile may be missing.
    static func descendants(of process: pid_t) -> [pid_t] {
        var found: [pid_t] = []
        var next = children(of: process)
        while let child = next.popLast() {
            // A number may come again while the list is made.
            guard !found.contains(child) else { continue }
            found.append(child)
            next += children(of: child)
        }
        return found
    }

    /// The children of `process`, whichever of its threads made them.
    static func children(of process: pid_t) -> [pid_t] {
        threads(of: process).flatMap { thread in
            let text = (try? TextFile.read("/proc/\(process)/task/\(thread)/children")) ?? ""
            return text.split(separator: " ").compactMap { pid_t($0) }
        }
    }

    private static func threads(of process: pid_t) -> [pid_t] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
        return (names ?? []).compactMap { pid_t($0) }
    }

    /// Kills everything below this process, which must have adopted its orphans (`cp_adopt_orphans`), and
    /// returns when nothing is left.
    static func killAll() {
        while true {
            for process in descendants(of: getpid()) { kill(process, SIGKILL) }
            // Whoever ends leaves its children to us, so waiting for one is enough to go on.
            var status: Int32 = 0
            if waitpid(-1, &status, 0) < 0 && errno == ECHILD { return }
        }
    }
}
