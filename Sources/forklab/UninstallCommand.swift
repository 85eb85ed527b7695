import ArgumentParser
import LabInstallation

/// `forklab uninstall`: removes what `forklab install` has laid, and nothing else.
struct UninstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall",
        abstract: "Remove what \"forklab install\" has laid.",
        discussion: """
            Goes by share/doc/libvmmalloc/manifest.json. Folders go if they were made for it and hold nothing else. A \
            file that was changed since stays, and the exit status is 1.
            """)

    @OptionGroup var options: InstallationOptions

    @Flag(help: "Remove files that were changed since, too.")
    var force = false

    func run() throws {
        let report = try options.installation.uninstall(removingChanged: force, dryRun: options.dryRun)
        try options.show(report)
        if !report.kept.isEmpty { throw ExitStatus.failed }
    }
}
