import CProcess
import Glibc
import LabBase
import Measurement
import WorkloadSchema

/// One start of a program under ptrace(2), which stops it and its children at each system call and at their ends.
struct TracedStart {
    private let program: StartedProgram
    private var counts = StartCounts()
    /// Page faults of the process that became the program, before it did.
    private var faultsBefore: UInt64 = 0

    init(_ program: StartedProgram) { self.program = program }

    /// Runs the program to its end. Nil where it cannot be traced. Throws `SystemCallError`.
    consuming func count() throws(SystemCallError) -> StartCounts? {
        let process = program.withVectors { cp_spawn_traced(program.path, $0, $1) }
        var status: CInt = 0
        guard process > 0, waitpid(process, &status, 0) == process else {
            throw SystemCallError("trace \(program.path)")
        }
        // It did not get to the program.
        guard status & 0xff == 0x7f, cp_trace_calls_and_children(process) == 0 else {
            if status & 0xff == 0x7f { kill(process, SIGKILL) }
            return nil
        }
        faultsBefore = faults(of: process)
        var living: Set<pid_t> = [process]
        _ = cp_continue_to_call(process, 0)
        while !living.isEmpty {
            // __WALL: threads too.
            let thread = waitpid(-1, &status, 0x4000_0000)
            guard thread > 0 else { throw SystemCallError("wait for \(program.path)") }
            guard status & 0xff == 0x7f else {
                living.remove(thread)
                continue
            }
            let isNew = living.insert(thread).inserted
            let signal = status >> 8 & 0xff
            if cp_is_at_end(status) {
                noteEnd(of: thread, isProgram: thread == process)
            } else if cp_is_at_call(thread) {
                counts.systemCalls += 1
            } else if !isNew && !cp_is_event(status) {
                _ = cp_continue_to_call(thread, signal)
                continue
            }
            _ = cp_continue_to_call(thread, 0)
        }
        return counts
    }

    private mutating func noteEnd(of thread: pid_t, isProgram: Bool) {
        guard let status = try? TextFile.read("/proc/\(thread)/status") else { return }
        // A thread's faults are its process's.
        guard status.contains("\nTgid:\t\(thread)\n") else { return }
        counts.pageFaults += faults(of: thread) - (isProgram ? faultsBefore : 0)
        if isProgram { counts.peakMemory = UInt64(KilobyteFields(status)["VmHWM"]) }
    }

    private func faults(of process: pid_t) -> UInt64 {
        UInt64((try? MemoryCounters.read(process: process).minorFaults) ?? 0)
    }
}
