import ArgumentParser
import Glibc
import LabBase
import LabInstallation

/// What `forklab install` and `forklab uninstall` have in common.
struct InstallationOptions: ParsableArguments {
    @Option(help: "Folder that holds lib, include and share.")
    var prefix = "/usr/local"

    @Flag(help: "Only say what would be done.")
    var dryRun = false

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    /// The installation that is meant. DESTDIR goes in front of the prefix, as with make(1).
    var installation: Installation {
        get throws {
            try Installation(
                prefix: prefix, destination: getenv("DESTDIR").map { String(cString: $0) } ?? "")
        }
    }

    /// Prints what was done to the files.
    func show(_ report: Installation.Report) throws {
        guard !json else { return print(try JSONLine.encode(report)) }
        let would = report.dryRun ? "would be " : ""
        for path in report.installed { print("\(would)installed  \(path)") }
        for path in report.removed { print("\(would)removed    \(path)") }
        for path in report.kept {
            StandardError.line("forklab: \(path) was changed since it was installed, and stays")
        }
    }
}
