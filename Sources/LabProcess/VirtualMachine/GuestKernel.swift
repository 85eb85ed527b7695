import Glibc
import LabBase
import SystemPackage

/// The kernel that the virtual machine boots: Debian's cloud kernel, unpacked into the user's cache, never installed.
struct GuestKernel {
    /// Path of the bzImage.
    let image: String
    /// Paths of the modules, in the order in which they must be loaded.
    let modules: [String]

    /// The package that depends on the newest one.
    private static let package = "linux-image-cloud-amd64"

    /// The modules that the file systems and the emulated persistent memory need.
    private static let moduleNames = [
        "arch/x86/crypto/crc32c-intel", "lib/libcrc32c", "drivers/nvdimm/libnvdimm", "drivers/nvdimm/nd_btt",
        "drivers/nvdimm/nd_pmem", "drivers/nvdimm/nd_e820", "fs/xfs/xfs",
    ]

    /// The modules' names, separated by blanks for a shell.
    static let loadOrder = moduleNames.map { FilePath($0).lastComponent!.string }.joined(
        separator: " ")

    /// The kernel in the cache, or else a fresh download. Throws an `InputError` that says what to do.
    static func locate() throws(InputError) -> GuestKernel {
        let cache = try cacheDirectory()
        if let kernel = GuestKernel(unpackedIn: cache) { return kernel }
        do {
            try download(into: cache)
        } catch {
            throw InputError(
                "forklab dax",
                "cannot fetch the package \(package) (\(error)); run apt-get update, and see that apt reaches Debian"
            )
        }
        guard let kernel = GuestKernel(unpackedIn: cache) else {
            throw InputError(cache, "holds no kernel with modules; remove the folder and try again")
        }
        return kernel
    }

    private init?(unpackedIn folder: String) {
        guard let version = Folder.read("\(folder)/lib/modules")?.max() else { return nil }
        let modules = Self.moduleNames.map { "\(folder)/lib/modules/\(version)/kernel/\($0).ko" }
        image = "\(folder)/boot/vmlinuz-\(version)"
        self.modules = modules
        guard access(image, R_OK) == 0, modules.allSatisfy({ access($0, R_OK) == 0 }) else { return nil }
    }

    private static func cacheDirectory() throws(InputError) -> String {
        let base =
            getenv("XDG_CACHE_HOME").map { String(cString: $0) }
            ?? getenv("HOME").map { String(cString: $0) + "/.cache" }
        guard let base, FilePath(base).isAbsolute else {
            throw InputError(
                "HOME", "is not set; set it, or XDG_CACHE_HOME, to where the guest's kernel may lie")
        }
        return "\(base)/forklab/guest-kernel"
    }

    /// Downloads the kernel whole or not at all: it is unpacked beside its place, and moved.
    private static func download(into cache: String) throws {
        let work = try TemporaryDirectory.large()
        defer { work.remove() }
        let depends = try Tool.run("apt-cache", ["depends", package])
        let words = depends.split { $0 == " " || $0 == "\n" }
        guard let versioned = words.first(where: { $0.hasPrefix("linux-image-") && $0 != package }) else {
            throw InputError(package, "depends on no kernel")
        }
        // apt-get downloads into the working directory.
        try Tool.run(
            "sh", ["-c", "cd \"$1\" && apt-get download -q \"$2\"", "sh", work.path, String(versioned)])
        guard let file = Folder.read(work.path)?.first(where: { $0.hasSuffix(".deb") }) else {
            throw InputError(String(versioned), "was not downloaded")
        }
        let beside = "\(cache).\(getpid())"
        try OutputFile.makeDirectory(beside)
        try Tool.run("dpkg-deb", ["-x", "\(work.path)/\(file)", beside])
        // Another process may have been faster: its kernel is just as good.
        if rename(beside, cache) != 0 { try Tool.run("rm", ["-rf", beside]) }
    }
}
