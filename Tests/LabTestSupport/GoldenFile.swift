import Glibc

@testable import LabBase

/// Expected texts, in the folder `Golden` beside the test.
package enum GoldenFile {
    /// The file `name` beside the test `test`; with FORKLAB_WRITE_GOLDEN set it is first overwritten with `text`, to be
    /// reviewed in the diff.
    package static func read(_ name: String, for text: String, beside test: String = #filePath) throws
        -> String
    {
        let path = "\(RealPath.folder(of: test))/Golden/\(name)"
        if getenv("FORKLAB_WRITE_GOLDEN") != nil { try OutputFile.write(text, to: path) }
        return try TextFile.read(path)
    }
}
