import ArgumentParser
import LabInstallation

/// `forklab uninstall`: removes what `forklab install` has installed, and nothing else.
struct UninstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall",
        abstract: "Remove what \"forklab install\" has installed.",
        discussion: """
            Goes by share/doc/libvmmalloc/manifest.json. Folders are removed if they were made for it and are empty. A \
            file that was changed since then is kept, and the exit status is 1.
            """)

    @OptionGroup var options: InstallationOptions

    @Flag(help: "Also remove files that were changed since then.")
    var force = false

    func run() throws {
        let report = try options.installation.uninstall(removingChanged: force, dryRun: options.dryRun)
        try options.show(report)
        if !report.kept.isEmpty { throw ExitStatus.failed }
    }
}
