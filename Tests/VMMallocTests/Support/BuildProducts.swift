import Foundation

/// The products of `swift build`, found beside the running tests.
enum BuildProducts {
    static let directory: URL = {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL
        let candidates = [bundle.deletingLastPathComponent(), Bundle.main.bundleURL]
        return candidates.first {
            FileManager.default.fileExists(atPath: $0.appendingPathComponent("libvmmalloc.so").path)
        } ?? candidates[0]
    }()

    /// The library under test.
    static let library = directory.appendingPathComponent("libvmmalloc.so").path

    /// The debug build of the library.
    static let debugLibrary = directory.appendingPathComponent("libvmmalloc-debug.so").path

    /// The library as it is installed, if `swift build -c release` has made it; otherwise nil.
    static let optimizedLibrary: String? = {
        let path = directory.deletingLastPathComponent().appendingPathComponent("release/libvmmalloc.so").path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    /// Both libraries: the interface must be the same in either.
    static let libraries = [library, debugLibrary]

    /// The folder of the C programs.
    static let programs = sources("Tests/VMMallocTests/Programs")

    /// The folder of libvmmalloc.h.
    static let headers = sources("Sources/CVMMalloc/include")

    /// The library's manual page.
    static let manual = sources("man/libvmmalloc.7")

    /// The harness's manual page.
    static let harnessManual = sources("man/forklab.1")

    /// The harness.
    static let harness = directory.appendingPathComponent("forklab").path

    /// The folder of the programs' files.
    static let compatibility = sources("Compatibility")

    private static func sources(_ folder: String) -> String {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return root.appendingPathComponent(folder).path
    }
}
