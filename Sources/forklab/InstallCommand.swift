import ArgumentParser
import LabBase
import LabInstallation

/// `forklab install`: the library, where compilers, programs and people look for it.
struct InstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install libvmmalloc, its debug build, header, manual page and pkg-config file.",
        discussion: """
            Lays lib/libvmmalloc.so.1, lib/vmem_debug/libvmmalloc.so.1, lib/pkgconfig/libvmmalloc.pc, \
            include/libvmmalloc.h, share/man/man7/libvmmalloc.7 and share/doc/libvmmalloc. Each file appears whole \
            or not at all. What forklab has not laid is not overwritten. DESTDIR in the environment goes in front \
            of the prefix.

            EXAMPLES
              sudo .build/release/forklab install
              forklab install --prefix ~/.local
              cc main.c $(pkg-config --cflags --libs libvmmalloc)
            """)

    @OptionGroup var options: InstallationOptions

    @Flag(help: "Overwrite files that forklab has not installed, or that were changed since.")
    var force = false

    func run() throws {
        let report = try options.installation.install(overwriting: force, dryRun: options.dryRun)
        try options.show(report)
        guard !report.dryRun, report.destination.isEmpty else { return }
        StandardError.line(
            "forklab: programs find it after \"ldconfig\", or with LD_LIBRARY_PATH=\(report.prefix)/lib")
    }
}
