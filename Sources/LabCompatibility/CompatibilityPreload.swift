import FoundationEssentials
import Glibc
import LabBase
import LabRun
import Measurement

/// The command `pooled` of one run, which puts the heap of a command into a pool, and the log of its forks.
struct CompatibilityPreload {
    private let log: ForkLogPipe?

    /// Makes the command in `place`; without a `mode` it just runs its arguments. Throws `SystemCallError` if a file cannot be written.
    init(library: String, mode: ForkMode?, size: String, in place: CompatibilityPlace) throws {
        var settings: [String: String] = [:]
        if let mode {
            // A copy that every user can read.
            let copy = "\(place.root)/libvmmalloc.so.1"
            try FileManager.default.copyItem(atPath: library, toPath: copy)
            let path = "\(place.root)/forks"
            log = try ForkLogPipe(path: path, mode: mode)
            settings = TrialEnvironment.preload(library: copy, directory: place.pool, size: size, mode: mode)
            settings["VMMALLOC_FORK_LOG"] = path
        } else {
            log = nil
        }
        let words = settings.map { "\($0.key)='\($0.value)' " }.sorted().joined()
        let command = "\(place.bin)/pooled"
        try OutputFile.write("#!/bin/sh\nexec env \(words)\"$@\"\n", to: command)
        chmod(command, 0o755)
    }

    /// What the forks of the run did. Must be called once, when nothing of the run is left. Throws `SystemCallError`.
    func finish() throws(SystemCallError) -> ForkActions { try log?.finish() ?? ForkActions() }
}
