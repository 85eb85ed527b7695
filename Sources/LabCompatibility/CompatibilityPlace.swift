import Glibc
import LabBase

/// The directories of one run of a program, which vanish with it. All of them for any user: programs change theirs.
struct CompatibilityPlace {
    private let directory: TemporaryDirectory
    /// The directory above all.
    var root: String { directory.path }
    /// Where the script works.
    var work: String { root + "/work" }
    /// Where the pools lie.
    var pool: String { root + "/pool" }
    /// Where the command `pooled` lies.
    var bin: String { root + "/bin" }
    /// The file that says that a heap was seen in the pool.
    var proof: String { root + "/proof" }

    /// Makes them in `directory`. Throws `SystemCallError`.
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

    /// Removes them with all that lies in them.
    func remove() { directory.remove() }
}
