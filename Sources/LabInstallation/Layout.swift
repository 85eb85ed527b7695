import Glibc
import LabBase
import LabProcess
import SystemPackage

/// The parts of an installation of libvmmalloc, and where each goes below the prefix.
struct Layout {
    /// A file or link to install.
    struct Part {
        /// Its path, relative to the prefix.
        let path: String
        let content: Content
    }

    /// The contents of a part.
    enum Content {
        /// A copy of the file at this path.
        case copy(String)
        /// A text generated for the prefix.
        case text(String)
        /// A symbolic link to this target.
        case link(String)
    }

    /// The parts in the order of installation: targets come before their links.
    let parts: [Part]

    /// Finds the parts among the build products beside this executable and in the package that they were built in. What must be made
    /// first is made in `folder`.
    ///
    /// Throws an `InputError` that names what is missing.
    init(prefix: String, madeIn folder: String) throws {
        let package = try Self.package()
        let whole = try Executables.locateLibrary(nil)
        let debugLibrary = FilePath(whole).removingLastComponent().appending("libvmmalloc-debug.so").string
        guard access(debugLibrary, R_OK) == 0 else {
            throw InputError(debugLibrary, "no such library; build it with \"swift build -c release\"")
        }
        let debugName = "libvmmalloc.so.\(ForkLabVersion.text).debug"
        let split = try DebugInformation(of: whole, named: debugName, in: folder)
        var library = Self.library(split?.stripped ?? whole, in: "lib")
        if let split {
            library.append(Part(path: "lib/.debug/\(debugName)", content: .copy(split.information)))
        }
        parts =
            library + Self.library(debugLibrary, in: "lib/vmem_debug") + [
                Part(
                    path: "include/libvmmalloc.h",
                    content: .copy(package + "/Sources/CVMMalloc/include/libvmmalloc.h")),
                Part(
                    path: "lib/pkgconfig/libvmmalloc.pc", content: .text(PkgConfig.text(prefix: prefix))),
                Part(path: "share/man/man7/libvmmalloc.7", content: .copy("\(package)/\(Self.manual)")),
            ] + Self.documents(package)
    }

    /// The library under its full version, its soname for programs, and its plain name for the linker.
    private static func library(_ file: String, in folder: String) -> [Part] {
        let name = "libvmmalloc.so"
        return [
            Part(path: "\(folder)/\(name).\(ForkLabVersion.text)", content: .copy(file)),
            Part(path: "\(folder)/\(name).1", content: .link("\(name).\(ForkLabVersion.text)")),
            Part(path: "\(folder)/\(name)", content: .link("\(name).1")),
        ]
    }

    private static func documents(_ package: String) -> [Part] {
        let own = [
            "README.md", "LICENSE", "docs/fork-modes.md", "docs/pictures/deferred-copy.svg",
            "docs/fork-log.md", "docs/architecture.md", "docs/allocators.md",
        ]
        let folder = "share/doc/libvmmalloc"
        var parts = own.map { Part(path: "\(folder)/\($0)", content: .copy("\(package)/\($0)")) }
        // jemalloc is part of the library, and its license must be passed on.
        let license = "/usr/share/doc/libjemalloc-dev/copyright"
        if access(license, R_OK) == 0 {
            parts.append(Part(path: "\(folder)/LICENSE.jemalloc", content: .copy(license)))
        }
        return parts
    }

    private static let manual = "man/libvmmalloc.7"

    private static func package() throws(InputError) -> String {
        guard let folder = RealPath.above("/proc/self/exe", holding: manual) else {
            throw InputError(
                "install",
                "forklab is not in the checkout that it was built in; run it as ./forklab there, or install the Debian packages "
                    + "libvmmalloc1 and libvmmalloc-dev")
        }
        return folder
    }
}
