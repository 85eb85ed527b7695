import Glibc

/// The environments of programs, built from scratch: settings of the user's shell must not reach what is measured.
package enum ProgramEnvironment {
    private static let inherited = ["PATH", "LD_LIBRARY_PATH", "TMPDIR"]

    /// The environment of a program without a preloaded library.
    package static var plain: [String: String] {
        // A Swift program that crashes would otherwise spend its time on a backtrace.
        var environment = ["LC_ALL": "C", "SWIFT_BACKTRACE": "enable=no"]
        for name in inherited {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return environment
    }

    /// The environment of a program's commands: servers are often in folders that are only in root's PATH.
    package static var program: [String: String] {
        var environment = plain
        environment["PATH", default: "/usr/local/bin:/usr/bin:/bin"] += ":/usr/local/sbin:/usr/sbin:/sbin"
        return environment
    }
}
