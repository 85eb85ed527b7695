import CLinux

/// The debug build's part in the life of the process.
enum DebugBuild {
    /// First of all: from here on all that happens can be logged.
    static func start(_ environment: Environment) throws(ConfigurationError) {
        let file = environment.value(of: "VMMALLOC_LOG_FILE")
        do {
            DebugLog.current = try DebugLog.open(file)
        } catch {
            // Not to standard error instead: who names a file keeps the log away from it.
            DebugLog.current = .nowhere
            if let file {
                UnopenedLog(variable: "VMMALLOC_LOG_FILE", path: file, error: error).warn()
            }
        }
        // What is wrong with the rest is written there.
        let settings = try DebugSettings.read(from: environment)
        DebugLog.current.level = settings.level
        ProcessEnd.wantsStatistics = settings.wantsStatistics
        ProcessEnd.register()
    }

    /// Before the first block is allocated.
    static func watch(_ heap: Heap) {
        do {
            LiveBlocks.all = try LiveBlocks(base: heap.base, size: heap.size)
        } catch {
            DebugLog.note(.errors, "no memory to note live blocks in; they are not checked: \(error)")
        }
    }

    /// In a child of fork(2) that has its heap.
    static func startOverInChild() {
        DebugLog.current.continueInChild()
        AllocationCounters.startOverInChild()
        ProcessEnd.startOverInChild()
    }
}
