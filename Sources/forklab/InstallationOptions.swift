import ArgumentParser
import Glibc
import LabBase
import LabInstallation

/// The options common to `forklab install` and `forklab uninstall`.
struct InstallationOptions: ParsableArguments {
    @Option(help: "Folder that contains lib, include and share.")
    var prefix = "/usr/local"

    @Flag(help: "Only say what would be done.")
    var dryRun = false

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    /// The installation in question. DESTDIR precedes the prefix, as with make(1). Throws `InputError`.
    var installation: Installation {
        get throws {
            try Installation(
                prefix: prefix, destination: getenv("DESTDIR").map { String(cString: $0) } ?? "")
        }
    }

    /// Prints what was done to the files. Throws `EncodingError`.
    func show(_ report: Installation.Report) throws {
        guard !json else { return print(try JSONLine.encode(report)) }
        let would = report.dryRun ? "would be " : ""
        for path in report.installed { print("\(would)installed  \(path)") }
        for path in report.removed { print("\(would)removed    \(path)") }
        for path in report.kept {
            StandardError.line("forklab: \(path) was changed since it was installed, and is kept")
        }
    }
}
