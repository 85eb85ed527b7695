import ArgumentParser
import LabBase
import LabInstallation

/// `forklab install`: puts the library where compilers, programs and people look for it.
struct InstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install libvmmalloc, its debug build, header, manual page and pkg-config file.",
        discussion: """
            Installs lib/libvmmalloc.so.1, its debug information in lib/.debug if objcopy (binutils) is there to separate \
            them, lib/vmem_debug/libvmmalloc.so.1, lib/pkgconfig/libvmmalloc.pc, \
            include/libvmmalloc.h, share/man/man7/libvmmalloc.7 and share/doc/libvmmalloc. Each file appears whole \
            or not at all. Files that forklab has not installed are not overwritten. DESTDIR in the environment precedes \
            the prefix.

            EXAMPLES
              sudo .build/release/forklab install
              forklab install --prefix ~/.local
              cc main.c $(pkg-config --cflags --libs libvmmalloc)
            """)

    @OptionGroup var options: InstallationOptions

    @Flag(help: "Overwrite files that forklab has not installed, or that were changed since then.")
    var force = false

    func run() throws {
        let report = try options.installation.install(overwriting: force, dryRun: options.dryRun)
        try options.show(report)
        guard !report.dryRun, report.destination.isEmpty else { return }
        StandardError.line(
            "forklab: programs find it after \"ldconfig\", or with LD_LIBRARY_PATH=\(report.prefix)/lib")
    }
}
