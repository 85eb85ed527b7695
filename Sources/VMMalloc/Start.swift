import CLinux
import CVMMalloc

/// The heap of this process. Set once by `start`, before any thread or handler can ask.
nonisolated(unsafe) var heap: Heap?

/// The first code to run in the process: reads the environment, makes the pool, and puts jemalloc on it.
@c(vmmalloc_start)
public func start(
    _ argumentCount: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>,
    _ environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) {
    let configuration: Configuration
    let log: ForkLog?
    do throws(ConfigurationError) {
        let environment = Environment(
            UnsafePointer(environment), isIgnored: getauxval(UInt(AT_SECURE)) != 0)
        #if VMMALLOC_DEBUG
            try DebugBuild.start(environment)
        #endif
        configuration = try Configuration.read(from: environment)
        log = try openForkLog(configuration)
    } catch {
        stop(error)
    }
    let made: Heap
    do {
        made = try Heap.create(configuration, log: log)
    } catch {
        stop(.poolCreationFailed(error, configuration.poolDirectory))
    }
    #if VMMALLOC_DEBUG
        DebugBuild.watch(made)
    #endif
    heap = made
    DebugLog.note(
        .operations,
        "pool of \(size: made.size) bytes at \(made.base) in \(cString: configuration.poolDirectory)")
    // Before jemalloc's first use, which registers its own: so its locks are taken before our prepare runs.
    registerForkHandlers()
    Jemalloc.start(poolSize: configuration.poolSize)
    metadataLiesInPool = configuration.poolSize >= smallestPoolWithMetadata
}

private func openForkLog(_ configuration: Configuration) throws(ConfigurationError) -> ForkLog? {
    guard let path = configuration.forkLog else { return nil }
    do {
        return try ForkLog(path: path)
    } catch {
        throw .cannotOpen("VMMALLOC_FORK_LOG", path, error)
    }
}

/// libvmmalloc(7): "prints an appropriate error message and terminates the process".
private func stop(_ error: ConfigurationError) -> Never {
    var line = error.line
    line.write(to: STDERR_FILENO)
    abort()
}
