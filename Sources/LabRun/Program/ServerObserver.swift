import Glibc
import LabProcess
import Measurement
import Synchronization
import WorkloadSchema

/// Watches a server and the processes below it while the trial goes on: what forks did to the heap, and the
/// highest use of memory and space.
///
/// It reads from /proc in its own thread; all methods are safe in any thread.
final class ServerObserver: Sendable {
    /// Everything seen since `begin`.
    struct Observation {
        /// The effects of the forks on the heap, in the order in which the children were found.
        var effects: [ForkEffect] = []
        /// The highest samples of memory and space.
        var peaks = UsagePeaks()
        /// The highest glance; nil if there was none.
        var highest: TreeUsage.Glance?
    }

    private struct State: Sendable {
        var fork = 0
        var known: Set<pid_t> = []
        /// The most recent look at each new child.
        var looks: [Look] = []
        var observation = Observation()
        var sampler: UsageSampler
    }

    private struct Look {
        let child: pid_t
        var effect: ForkEffect
        /// Whether an earlier look saw the same: the first may happen between fork(2) and the library's handler.
        var isConfirmed = false
    }

    private static let mostLooks = 64
    private let server: pid_t
    private let maps: ServerMaps
    private let tree: TreeUsage
    private let mode: ForkMode?
    private let state: Mutex<State>
    private let isToStop = Atomic<Bool>(false)

    /// An observer of `server`, whose pool is in `pool` and should follow `mode` (nil for a reference).
    init(server: pid_t, maps: ServerMaps, pool: String?, mode: ForkMode?) {
        self.mode = mode
        self.server = server
        self.maps = maps
        tree = TreeUsage(pool: pool)
        state = Mutex(State(sampler: UsageSampler(tree)))
    }

    /// Forgets everything seen so far; observations from now on belong to trigger `fork`.
    func begin(fork: Int) {
        let known = Set(ProcessTree.descendants(of: server))
        state.withLock { state in
            state = State(sampler: UsageSampler(tree))
            state.fork = fork
            state.known = known
        }
    }

    /// Returns everything seen since `begin`.
    func end() -> Observation {
        state.withLock { state in
            var observation = state.observation
            observation.effects = state.looks.filter { $0.isConfirmed || mode?.admits($0.effect) ?? true }
                .map(\.effect)
            observation.highest = state.sampler.highest
            state.fork = 0
            return observation
        }
    }

    /// The work of the thread: looks until `stop`.
    func run() {
        while !isToStop.load(ordering: .relaxed) {
            look()
            usleep(useconds_t(UsageSampler.interval / 1000))
        }
    }

    /// Looks once, now.
    func look() {
        state.withLock { state in
            guard state.fork > 0 else { return }
            lookAtChildren(&state)
            if var usage = state.sampler.sample(server) {
                usage.fork = state.fork
                state.observation.peaks.add(usage)
            }
        }
    }

    /// Makes `run` return soon.
    func stop() { isToStop.store(true, ordering: .relaxed) }

    private func lookAtChildren(_ state: inout State) {
        for child in ProcessTree.children(of: server) where !state.known.contains(child) {
            guard let effect = maps.effect(server: server, child: child) else { continue }
            if let index = state.looks.firstIndex(where: { $0.child == child }) {
                state.looks[index].isConfirmed = state.looks[index].effect == effect
                state.looks[index].effect = effect
            } else if state.looks.count < Self.mostLooks {
                state.looks.append(Look(child: child, effect: effect))
            }
        }
    }

    /// Memory and space now: of the server, and of all processes below it together. nil if it is gone.
    func usage(_ boundary: Boundary, fork: Int) -> WorkloadReport.Usage? {
        tree.read(server, boundary, fork: fork)
    }
}
