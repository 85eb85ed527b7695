import CLinux

/// abort(3), without the function of that name, which other libraries may hook: the program's handler of SIGABRT runs, if
/// there is one, and then the process ends by that signal. Any thread, with any lock held; async-signal-safe.
func abortProcess() -> Never {
    // sa_handler SIG_DFL, and no flags, restorer and mask.
    var defaults: (UInt, UInt, UInt, UInt) = (0, 0, 0, 0)
    for _ in 1...2 {
        Linux.changeSignalMask(SIG_UNBLOCK, 1 &<< UInt64(SIGABRT &- 1))
        _ = try? Linux.call(SYS_tgkill, Int(Linux.processID), Int(Linux.threadID), Int(SIGABRT))
        withUnsafeMutablePointer(to: &defaults) { defaults in
            _ = try? Linux.call(
                SYS_rt_sigaction, Int(SIGABRT), Int(bitPattern: defaults), 0, MemoryLayout<UInt64>.size)
        }
    }
    Linux.exit(127)
}
