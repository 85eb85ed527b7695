import Foundation

/// What became of a command.
struct Outcome: CustomStringConvertible {
    /// The exit status, or minus the number of the signal that ended it.
    let status: Int32
    let output: String
    let errors: String

    var description: String { "status \(status)\nstdout: \(output)\nstderr: \(errors)" }
}

/// One command in an environment of its own, with a deadline that only a hang can meet.
struct Command {
    let arguments: [String]
    var environment: [String: String] = [:]
    var directory: String?
    var input = ""
    var deadline = 120

    init(_ arguments: [String]) { self.arguments = arguments }

    /// Runs it to its end. Its output goes through files, so that neither side ever waits for the other.
    func run() throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // timeout(1) reports a hang as 137; everything else it passes on, signals as 128 + n.
        process.arguments = ["timeout", "--signal=KILL", "\(deadline)", "env", "-i"]
        process.arguments! += ["PATH=\(path)", "HOME=/tmp", "LC_ALL=C"]
        process.arguments! += environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        process.arguments! += arguments
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        let standardInput = try TemporaryFile(input)
        let standardOutput = try TemporaryFile()
        let standardError = try TemporaryFile()
        process.standardInput = standardInput.handle
        process.standardOutput = standardOutput.handle
        process.standardError = standardError.handle
        try process.run()
        process.waitUntilExit()
        let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return Outcome(
            status: status > 128 ? 128 - status : status, output: try standardOutput.text(),
            errors: try standardError.text())
    }

    private var path: String { ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin" }
}

/// A file without a name.
private final class TemporaryFile {
    let handle: FileHandle

    init(_ text: String = "") throws {
        var name = Array("/tmp/vmmalloc-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        unlink(name)
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.seek(toOffset: 0)
    }

    func text() throws -> String {
        try handle.seek(toOffset: 0)
        return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    }
}
