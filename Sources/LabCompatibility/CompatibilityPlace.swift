import Glibc
import LabBase

/// The directories of one run of a program, which vanish with it. All are open to any user, since programs change theirs.
struct CompatibilityPlace {
    private let directory: TemporaryDirectory
    /// The directory that contains the others.
    var root: String { directory.path }
    /// The script's working directory.
    var work: String { root + "/work" }
    /// The directory of the pools.
    var pool: String { root + "/pool" }
    /// The directory of the command `pooled`.
    var bin: String { root + "/bin" }
    /// The file that records that a heap was seen in the pool.
    var proof: String { root + "/proof" }

    /// Makes the directories in `directory`. Throws `SystemCallError`.
    init(in directory: String) throws(SystemCallError) {
        self.directory = try TemporaryDirectory(in: directory)
        chmod(root, 0o1777)
        for (path, mode) in [(work, 0o1777), (pool, 0o1777), (bin, 0o755)] as [(String, mode_t)] {
            try OutputFile.makeDirectory(path)
            chmod(path, mode)
        }
    }

    /// `text` without the name of the directory.
    func anonymous(_ text: String) -> String { text.replacing(root, with: "$SCRATCH") }

    /// Removes the directories with all their contents.
    func remove() { directory.remove() }
}
