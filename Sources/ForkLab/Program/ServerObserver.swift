import Glibc
import Measurement
import Synchronization

/// Looks at a server and the processes below it while others work: what forks did to the heap, and the
/// highest use of memory and space.
///
/// It reads from /proc in a thread of its own. Sampling memory walks page tables, so the pauses between two
/// samples are fifty times the processor time that a sample takes, but a second at most: a peak must be met.
final class ServerObserver: Sendable {
    /// What was seen since `begin`.
    struct Observation {
        /// What the forks did to the heap, in the order in which the children were met.
        var effects: [ForkEffect] = []
        /// The sample with the most anonymous memory.
        var peakMemory: WorkloadReport.Usage?
        /// The sample with the least free space.
        var peakSpace: WorkloadReport.Usage?
    }

    private struct State {
        var fork = 0
        var known: Set<pid_t> = []
        /// The last look at each new child.
        var looks: [Look] = []
        var observation = Observation()
        var nextSample: UInt64 = 0
    }

    private struct Look {
        let child: pid_t
        var effect: ForkEffect
        /// Whether an earlier look saw the same: the first may fall between fork(2) and the library's handler.
        var isConfirmed = false
    }

    private static let pause: useconds_t = 10_000
    private static let samplePauses: ClosedRange<UInt64> = 50_000_000...1_000_000_000
    private static let mostLooks = 64
    private let server: pid_t
    private let maps: ServerMaps
    private let pool: String?
    private let device: BlockDevice?
    private let mode: ForkMode?
    private let state = Mutex(State())
    private let isToStop = Atomic<Bool>(false)

    /// An observer of `server`, whose pool lies in `pool` and is to follow `mode` (nil for a reference).
    init(server: pid_t, maps: ServerMaps, pool: String?, mode: ForkMode?) {
        self.mode = mode
        self.server = server
        self.maps = maps
        self.pool = pool
        device = pool.flatMap(BlockDevice.init(holding:))
    }

    /// Forgets what it has seen; what is seen from now on belongs to trigger `fork`.
    func begin(fork: Int) {
        let known = Set(ProcessTree.descendants(of: server))
        state.withLock { state in
            state = State()
            state.fork = fork
            state.known = known
        }
    }

    /// What was seen since `begin`.
    func end() -> Observation {
        state.withLock { state in
            var observation = state.observation
            observation.effects = state.looks.filter { $0.isConfirmed || mode?.admits($0.effect) ?? true }
                .map(\.effect)
            state.fork = 0
            return observation
        }
    }

    /// Looks until `stop`.
    func run() {
        while !isToStop.load(ordering: .relaxed) {
            look()
            usleep(Self.pause)
        }
    }

    /// Looks now.
    func look() {
        state.withLock { state in
            guard state.fork > 0 else { return }
            lookAtChildren(&state)
            sample(&state)
        }
    }

    /// Makes `run` return.
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

    private func sample(_ state: inout State) {
        let begin = Clock.threadNanoseconds
        guard Clock.nanoseconds >= state.nextSample, let usage = usage(.peak, fork: state.fork) else {
            return
        }
        let pause = (Clock.threadNanoseconds - begin) * 50
        let range = Self.samplePauses
        state.nextSample = Clock.nanoseconds + min(max(pause, range.lowerBound), range.upperBound)
        if usage.memoryCost >= state.observation.peakMemory?.memoryCost ?? 0 {
            state.observation.peakMemory = usage
        }
        if usage.spaceUsed >= state.observation.peakSpace?.spaceUsed ?? 0 {
            state.observation.peakSpace = usage
        }
    }

    /// Memory and space now: of the server, and of all processes below it together. nil if it is gone.
    func usage(_ boundary: Boundary, fork: Int) -> WorkloadReport.Usage? {
        guard let parent = try? MemoryCounters.read(process: server), let system = try? SystemMemory.read()
        else { return nil }
        let processes = ProcessTree.descendants(of: server)
        let below = processes.compactMap { try? MemoryCounters.read(process: $0) }
        let writes = ([server] + processes).compactMap { try? ProcessWrites.read(process: $0) }
        return WorkloadReport.Usage(
            boundary: boundary, fork: fork, depth: 1, at: Clock.nanoseconds, parent: parent,
            children: below.count,
            child: below.isEmpty ? nil : below.reduce(into: MemoryCounters()) { $0.add($1) }, system: system,
            fileSystem: pool.flatMap { try? FileSystemSpace.read(directory: $0) },
            written: writes.reduce(into: ProcessWrites()) { $0.add($1) }, deviceWritten: device?.bytesWritten)
    }
}

extension WorkloadReport.Usage {
    fileprivate var memoryCost: Int64 { parent.anonymousCost + (child?.anonymousCost ?? 0) }
    fileprivate var spaceUsed: Int64 { fileSystem?.used ?? 0 }
}
