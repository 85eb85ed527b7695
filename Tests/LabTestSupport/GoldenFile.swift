import Glibc

@testable import LabBase

/// Text as it should be, in the folder `Golden` beside the test.
package enum GoldenFile {
    /// The file of that name beside the test `test`; with FORKLAB_WRITE_GOLDEN set it is made of `text` first, to be
    /// looked at in the diff.
    package static func read(_ name: String, for text: String, beside test: String = #filePath) throws
        -> String
    {
        let path = "\(RealPath.folder(of: test))/Golden/\(name)"
        if getenv("FORKLAB_WRITE_GOLDEN") != nil { try OutputFile.write(text, to: path) }
        return try TextFile.read(path)
    }
}
