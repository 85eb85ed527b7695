import Glibc
import Synchronization

@testable import LabRun
@testable import Measurement
@testable import WorkloadSchema

/// Memory, space and time as a test sets them.
final class MockUsage: UsageSource {
    struct State {
        /// Nanoseconds.
        var now: UInt64 = 1_000_000_000
        /// Bytes.
        var memory: Int64 = 0
        /// Bytes.
        var space: Int64 = 0
        var hasChildren = true
        var residentPages: UInt64 = 0
        /// Nanoseconds of processor time that reading the processes takes.
        var cost: UInt64 = 1000
        var spent: UInt64 = 0
        /// When the processes were read.
        var reads: [UInt64] = []
        /// When there were glances.
        var glances: [UInt64] = []
    }

    private let state = Mutex(State())

    /// Changes the values, and reads what was asked for.
    func change<Result: Sendable>(_ edit: (inout sending State) -> sending Result) -> Result {
        state.withLock { edit(&$0) }
    }

    var now: UInt64 { change { $0.now } }
    var spent: UInt64 { change { $0.spent } }

    func read(_ process: pid_t, _ boundary: Boundary, fork: Int) -> WorkloadReport.Usage? {
        let at = change { state in
            state.reads.append(state.now)
            state.spent += state.cost
            return state.now
        }
        return WorkloadReport.Usage(
            boundary: boundary, fork: fork, depth: 1, at: at, parent: MemoryCounters(), child: nil,
            system: SystemMemory(meminfo: KilobyteFields("")), fileSystem: nil)
    }

    func glance() -> TreeUsage.Glance {
        let (memory, space) = change { state in
            state.glances.append(state.now)
            return (state.memory, state.space)
        }
        return TreeUsage.Glance(memory: memory, space: space)
    }

    func hasChildren(_ process: pid_t) -> Bool { change { $0.hasChildren } }
    func residentPages(_ process: pid_t) -> UInt64 { change { $0.residentPages } }
}
