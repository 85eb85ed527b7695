import CProcess
import Foundation
import Glibc
import Testing

@testable import LabBase

/// Runs the built forklab as a user would.
package struct ForkLabRun {
    /// How it ended.
    package struct End {
        /// The exit status, or minus the number of the signal.
        package let status: Int32
        package let output: String
        package let errors: String
    }

    private let process = Process()
    private let output: URL
    private let errors: URL

    /// Starts it with `arguments`; its output goes to files in `scratch`. Root may give another user's ID.
    package init(_ arguments: [String], scratch: ScratchDirectory, user: UInt32? = nil) throws {
        let program = try BuiltWorkload.folder() + "/forklab"
        let id = UUID().uuidString
        output = URL(fileURLWithPath: "\(scratch.path)/\(id).out")
        errors = URL(fileURLWithPath: "\(scratch.path)/\(id).err")
        for file in [output, errors] { try Data().write(to: file) }
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        if let user {
            process.executableURL = URL(fileURLWithPath: try #require(RealPath.program("setpriv")))
            process.arguments =
                ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", program] + arguments
        }
        process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
    }

    /// Runs it to its end.
    package static func end(
        _ arguments: [String], scratch: ScratchDirectory, user: UInt32? = nil
    ) throws -> End {
        try ForkLabRun(arguments, scratch: scratch, user: user).end()
    }

    /// Whether it can be run as that user: this takes root, setpriv, and a build that the user can read.
    package static func canBe(user: UInt32) -> Bool {
        guard geteuid() == 0, RealPath.program("setpriv") != nil, let scratch = try? ScratchDirectory()
        else { return false }
        return (try? end(["--version"], scratch: scratch, user: user).status) == 0
    }

    /// Waits for its end.
    package func end() throws -> End {
        process.waitUntilExit()
        let status = process.terminationStatus
        return End(
            status: process.terminationReason == .exit ? status : -status,
            output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }

    /// Returns once `directory`, which exists and is empty before the start, has `count` samples; false if the
    /// process ended before that.
    package func waitForSamples(_ count: Int, in directory: String) throws -> Bool {
        let watch = inotify_init1(0)
        defer { close(watch) }
        try #require(
            watch >= 0 && inotify_add_watch(watch, directory, UInt32(IN_MODIFY | IN_CREATE)) >= 0,
            "inotify: \(String(cString: strerror(errno)))")
        let descriptor = cp_pidfd_open(process.processIdentifier)
        defer { close(descriptor) }
        var events = [UInt8](repeating: 0, count: 65536)
        while true {
            let text = (try? TextFile.read(directory + "/samples.jsonl")) ?? ""
            if text.utf8.count(where: { $0 == UInt8(ascii: "\n") }) >= count { return true }
            var requests = [watch, descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            poll(&requests, 2, -1)
            if requests[1].revents != 0 { return false }
            _ = read(watch, &events, events.count)
        }
    }

    /// The process ID.
    package var processIdentifier: Int32 { process.processIdentifier }

    /// Sends it a signal.
    package func signal(_ number: Int32) { Glibc.kill(processIdentifier, number) }

    /// Kills it if it is still running.
    package func kill() { if process.isRunning { signal(SIGKILL) } }

    /// Whether it blocks a signal. Throws once the process is gone.
    package func blocks(_ number: Int32) throws -> Bool {
        let status = try TextFile.read("/proc/\(processIdentifier)/status")
        let mask = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }?.split(separator: "\t")
            .last
        return try #require(UInt64(mask ?? "", radix: 16)) & (1 << UInt64(number - 1)) != 0
    }
}
