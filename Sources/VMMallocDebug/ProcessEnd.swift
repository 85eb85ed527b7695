import CLinux
import Synchronization

// The end of the process, for the log and the statistics. Only the debug build exports _exit(2) and _Exit(3): children of
// fork end with them and run no handlers.

/// What happens once when a process ends.
enum ProcessEnd {
    /// Whether statistics are wanted.
    nonisolated(unsafe) static var wantsStatistics = false
    /// The process whose end counts. A child of vfork(2) shares its parent's memory but is another process.
    nonisolated(unsafe) static var process: pid_t = 0
    private static let isDone = Atomic<Bool>(false)

    /// Registers the handlers. The first code in the process calls this, so that they run after all other handlers and
    /// destructors: exit(3) works backwards.
    static func register() {
        process = Linux.processID
        _ = __cxa_atexit({ _ in ProcessEnd.note("exit") }, nil, nil)
        _ = __cxa_at_quick_exit({ _ in ProcessEnd.note("quick_exit") }, nil)
    }

    /// In a child of fork(2), on its only thread.
    static func startOverInChild() {
        process = Linux.processID
        isDone.store(false, ordering: .relaxed)
    }

    /// Logs the end, at the first call in this process.
    static func note(_ how: StaticString) {
        guard Linux.processID == process, !isDone.exchange(true, ordering: .acquiringAndReleasing) else {
            return
        }
        DebugLog.note(.operations, "the process ends by \(how)")
        if wantsStatistics, let heap { Statistics.write(heap) }
    }
}

/// _exit(2).
@c(vmmalloc__exit)
public func endProcess(_ status: CInt) -> Never {
    ProcessEnd.note("_exit")
    Linux.exit(status)
}

/// _Exit(3).
@c(vmmalloc__Exit)
public func endProcessByC99(_ status: CInt) -> Never {
    ProcessEnd.note("_Exit")
    Linux.exit(status)
}
