import CLinux

/// What the debug build does in the course of a process.
enum DebugBuild {
    /// Called first: from here on, everything can be logged. Throws for a variable with a wrong value.
    static func start(_ environment: Environment) throws(ConfigurationError) {
        let file = environment.value(of: "VMMALLOC_LOG_FILE")
        do {
            DebugLog.current = try DebugLog.open(file)
        } catch {
            // Not to standard error instead: a user who names a file does not want the log there.
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

    /// Called before the first block is allocated.
    static func watch(_ heap: Heap) {
        do {
            LiveBlocks.all = try LiveBlocks(base: heap.base, size: heap.size)
        } catch {
            DebugLog.note(.errors, "no memory to note live blocks in; they are not checked: \(error)")
        }
    }

    /// In a child of fork(2), on its only thread, with the allocator's locks held. Must not allocate.
    static func startOverInChild() {
        DebugLog.current.continueInChild()
        AllocationCounters.startOverInChild()
        ProcessEnd.startOverInChild()
    }
}
