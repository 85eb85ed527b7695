import CProcess
import Glibc
import LabBase
import Measurement
import WorkloadBase
import WorkloadSchema

/// Starts one program many times, by fork and exec.
struct Spawner {
    /// Blocks that a child writes to before it executes the program.
    private static let touchedBlocks = 16
    /// The status of a child that could not execute the program, as in shells.
    private static let notExecuted: Int32 = 127

    private let path: UnsafeMutablePointer<CChar>
    private let arguments: [UnsafeMutablePointer<CChar>?]
    private let environment: [UnsafeMutablePointer<CChar>?]
    /// Nanoseconds that a program may take.
    private let childDeadline: UInt64

    /// Starts `program`, with this process's LD_PRELOAD, if any, in its environment if `preloaded`.
    init(_ program: String, preloaded: Bool, childDeadline: UInt64) {
        self.childDeadline = childDeadline
        // The child must not allocate between fork and exec: all strings are made now.
        path = strdup(program)
        arguments = [path, nil]
        var variables: [UnsafeMutablePointer<CChar>?] = []
        var variable = environ
        while let text = variable.pointee {
            if preloaded || strncmp(text, "LD_PRELOAD=", 11) != 0 { variables.append(text) }
            variable += 1
        }
        environment = variables + [nil]
    }

    /// Starts it `count` times, and waits for its end each time. Records timings as forks from 2 on, and whether
    /// `table`, to which every child wrote, is unchanged.
    func run(_ count: Int, _ table: BlockTable, _ report: inout WorkloadReport) {
        report.timings.reserveCapacity(report.timings.count + 2 * count)
        let last = report.timings.map(\.fork).max() ?? 0
        var fork = last
        for _ in 0..<count {
            fork += 1
            guard spawn(fork, table, &report) else { break }
        }
        let findings = table.verify(0..<table.count)
        let changed = findings.foreign + findings.corrupt
        let words = "\(changed) blocks hold what a child wrote before it executed the program"
        report.note(
            (.isolationChildToParent, changed == 0 ? .held : .broken, changed == 0 ? "" : words), fork: fork,
            depth: 1)
    }

    /// Starts it once; false if that failed.
    private func spawn(_ fork: Int, _ table: BlockTable, _ report: inout WorkloadReport) -> Bool {
        var stall = Interval()
        let child = arguments.withUnsafeBufferPointer { arguments in
            environment.withUnsafeBufferPointer { environment in
                let result = stall.measure { cp_fork() }
                if result == 0 { become(arguments, environment, table) }
                return result
            }
        }
        let code = errno
        guard child > 0 else {
            report.note(ForkVerdicts.failed(code, ForkAccount.ofLastFork()), fork: fork, depth: 1)
            return false
        }
        let (end, value, time) = ChildEnd.reap(child, until: Clock.nanoseconds + childDeadline)
        var whole = Interval()
        whole.begin = stall.begin
        whole.end = time
        report.timings.append(stall.timing(.forkStall, fork: fork, depth: 1))
        report.timings.append(whole.timing(.spawn, fork: fork, depth: 1))
        let verdict = ForkVerdicts.child(end, value: value)
        guard verdict.1 != .held else { return true }
        report.note(verdict, fork: fork, depth: 1)
        return false
    }

    private func become(
        _ arguments: UnsafeBufferPointer<UnsafeMutablePointer<CChar>?>,
        _ environment: UnsafeBufferPointer<UnsafeMutablePointer<CChar>?>, _ table: BlockTable
    ) -> Never {
        table.scribble(over: min(Self.touchedBlocks, table.count))
        if let arguments = arguments.baseAddress, let environment = environment.baseAddress {
            execve(path, arguments, environment)
        }
        _exit(Self.notExecuted)
    }
}
