import CLinux
import Synchronization

// The end of the process, for the log and the statistics. _exit(2) and _Exit(3) are the debug build's alone: children
// of fork end so, and run no handlers.

/// What is due once when a process ends.
enum ProcessEnd {
    /// Whether statistics are wanted.
    nonisolated(unsafe) static var wantsStatistics = false
    /// The process that is to end. A child of vfork(2), in its parent's memory, is another.
    nonisolated(unsafe) static var process: pid_t = 0
    private static let isDone = Atomic<Bool>(false)

    /// Registered by the first code that runs in the process, so that it runs behind all other handlers and
    /// destructors: exit(3) goes backwards.
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

    /// Notes the end, at its first call in this process.
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
