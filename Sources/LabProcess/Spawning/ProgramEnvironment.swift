import Glibc

/// The environments of programs, built fresh: a setting of the user's shell must not reach what is measured.
package enum ProgramEnvironment {
    private static let inherited = ["PATH", "LD_LIBRARY_PATH", "TMPDIR"]

    /// The environment of a program that nothing is preloaded to.
    package static var plain: [String: String] {
        // A Swift program that crashes would otherwise spend its time on a backtrace.
        var environment = ["LC_ALL": "C", "SWIFT_BACKTRACE": "enable=no"]
        for name in inherited {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return environment
    }

    /// The environment of a program's commands: servers often lie where only root looks.
    package static var program: [String: String] {
        var environment = plain
        environment["PATH", default: "/usr/local/bin:/usr/bin:/bin"] += ":/usr/local/sbin:/usr/sbin:/sbin"
        return environment
    }
}
