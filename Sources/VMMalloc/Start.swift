import CLinux
import CVMMalloc

/// The heap of this process. Set once, before any thread or handler can ask.
nonisolated(unsafe) var heap: Heap?

/// Whether a malloc came before our constructor. Until the constructor puts the hooks on the arenas, extents also come from
/// jemalloc's calls of mmap(2).
nonisolated(unsafe) var startedByMalloc = false

/// Our constructor, which -z initfirst makes the first in the process: makes the pool and puts jemalloc on it. If several
/// libraries ask to be first, the one that is loaded last is; it may have called malloc by now.
@c(vmmalloc_start)
public func start() {
    makeHeap(forMalloc: false)
    Jemalloc.hookArenas()
    #if VMMALLOC_DEBUG
        CallHooks.install()
    #endif
    registerOuterForkHandlers()
    vmmalloc_find_next_symbols()
    startedByMalloc = false
    metadataLiesInPool = heap.map { $0.size >= smallestPoolWithMetadata } ?? false
}

/// jemalloc's look at MALLOC_CONF, redirected by the linker's --wrap. It is jemalloc's first step, before it reads our
/// options.
@c(__wrap_secure_getenv)
public func readEnvironmentForJemalloc(_ name: UnsafePointer<CChar>?) -> UnsafeMutablePointer<CChar>? {
    makeHeap(forMalloc: true)
    // glibc's function would find nothing, since `environ` is not set up yet.
    let options = initialEnvironment.value(of: "MALLOC_CONF")
    return UnsafeMutablePointer(mutating: options)
}

/// The environment that the program was started with; empty in a set-user-ID program.
private var initialEnvironment: Environment {
    Environment(linux_initial_environment(), isIgnored: getauxval(UInt(AT_SECURE)) != 0)
}

/// The thread that is making the heap, or 0.
private nonisolated(unsafe) var makerOfHeap: pid_t = 0

/// Makes the heap, once. Locked, because a library whose constructor ran before ours may have started a thread.
private func makeHeap(forMalloc: Bool) {
    let thread = Linux.threadID
    // A second pool would register its own handlers, and a fork would wait for itself.
    guard makerOfHeap != thread else { stop(.reentered) }
    let lock = Mutex(at: vmmalloc_start_lock())
    lock.lock()
    defer { lock.unlock() }
    guard heap == nil else { return }
    makerOfHeap = thread
    createHeap()
    makerOfHeap = 0
    startedByMalloc = forMalloc
}

/// Reads the environment, makes the pool, and sets jemalloc's options. Must not allocate. Ends the process on an error.
private func createHeap() {
    KernelClock.find()
    let configuration: Configuration
    do throws(ConfigurationError) {
        let environment = initialEnvironment
        #if VMMALLOC_DEBUG
            try DebugBuild.start(environment)
        #endif
        configuration = try Configuration.read(from: environment)
    } catch {
        stop(error)
    }
    let made: Heap
    do {
        made = try Heap.create(configuration, log: openForkLog(configuration))
    } catch {
        let directory = configuration.poolDirectory
        stop(.poolCreationFailed(error, directory, PoolObstacle(behind: error, at: directory)))
    }
    #if VMMALLOC_DEBUG
        DebugBuild.watch(made)
    #endif
    heap = made
    DebugLog.note(
        .operations,
        "pool of \(size: made.size) bytes at \(made.base) in \(cString: configuration.poolDirectory)")
    // Before jemalloc's first use, which registers its own handlers: prepare handlers run in reverse order, so jemalloc's locks
    // are taken before our prepare runs.
    registerForkHandlers()
    Jemalloc.setOptions(poolSize: configuration.poolSize)
}

private func openForkLog(_ configuration: Configuration) -> ForkLog? {
    guard let path = configuration.forkLog else { return nil }
    do {
        return try ForkLog(path: path)
    } catch {
        UnopenedLog(variable: "VMMALLOC_FORK_LOG", path: path, error: error).warn()
        return nil
    }
}

/// libvmmalloc(7): "prints an appropriate error message and terminates the process".
private func stop(_ error: ConfigurationError) -> Never {
    DebugLog.record(error.line)
    var line = error.line
    line.write(to: STDERR_FILENO)
    abortProcess()
}
