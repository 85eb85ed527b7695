import FoundationEssentials
import Glibc
import Measurement

/// Where and with what a run was made: environment.json beside its samples.
public struct EnvironmentManifest: Codable, Sendable {
    /// Version of this record.
    public var schema = 1
    /// When the run began, ISO 8601.
    public let startedAt: String
    /// The command line.
    public let commandLine: [String]
    /// Git revision of the working directory; nil outside a repository.
    public let gitRevision: String?
    /// Path of the library under test.
    public let library: String
    /// Its GNU build id; nil if the linker gave it none.
    public let libraryBuildId: String?
    /// Kernel release and machine.
    public let kernel: String
    /// Version of the C library.
    public let libc: String
    /// Model of the processor.
    public let processor: String
    /// Processors that may be used.
    public let processors: Int
    /// Bytes of RAM.
    public let memory: Int64
    /// /sys/kernel/mm/transparent_hugepage/enabled.
    public let transparentHugePages: String?
    /// /sys/kernel/mm/transparent_hugepage/shmem_enabled.
    public let transparentHugePagesShmem: String?
    /// /proc/sys/vm/overcommit_memory.
    public let overcommit: String?
    /// The file systems that pools lay on.
    public let fileSystems: [UsableFileSystem]
    /// What was left out, and why.
    public let skipped: [Skipped]

    /// Describes this machine now.
    public init(library: String, fileSystems: [UsableFileSystem], skipped: [Skipped]) {
        startedAt = Date.now.ISO8601Format()
        commandLine = CommandLine.arguments
        gitRevision = Self.gitRevision()
        self.library = library
        libraryBuildId = BuildID.read(path: library)
        kernel = Self.kernel()
        libc = Self.libc()
        processor = Self.processor()
        processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        memory = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        let hugePages = "/sys/kernel/mm/transparent_hugepage"
        transparentHugePages = Self.setting("\(hugePages)/enabled")
        transparentHugePagesShmem = Self.setting("\(hugePages)/shmem_enabled")
        overcommit = Self.setting("/proc/sys/vm/overcommit_memory")
        self.fileSystems = fileSystems
        self.skipped = skipped
    }

    private static func setting(_ path: String) -> String? {
        (try? TextFile.read(path))?.split(separator: "\n").first.map(String.init)
    }

    private static func kernel() -> String {
        var name = utsname()
        uname(&name)
        return Self.text(&name.release) + " " + Self.text(&name.machine)
    }

    private static func text<Field>(_ field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func libc() -> String {
        var text = [UInt8](repeating: 0, count: 64)
        let length = text.withUnsafeMutableBytes {
            confstr(Int32(_CS_GNU_LIBC_VERSION), $0.baseAddress!.assumingMemoryBound(to: CChar.self), 64)
        }
        return String(decoding: text.prefix(max(0, length - 1)), as: UTF8.self)
    }

    private static func processor() -> String {
        let lines = ((try? TextFile.read("/proc/cpuinfo")) ?? "").split(separator: "\n")
        let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
        return model.map { String($0.drop { $0 == " " }) } ?? "unknown"
    }

    private static func gitRevision() -> String? {
        guard let git = RealPath.program("git") else { return nil }
        let process = ChildProcess(
            executable: git, arguments: ["describe", "--always", "--dirty", "--abbrev=40"],
            environment: TrialEnvironment.plain, timeout: 10_000_000_000)
        guard let result = try? process.run(interruption: nil), result.end == .exited(0) else { return nil }
        return result.output.split(separator: "\n").first.map(String.init)
    }
}

/// The GNU build id of an ELF file: names the build that was measured.
enum BuildID {
    /// In hexadecimal; nil if the file has none or is no ELF file.
    static func read(path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0,
            let memory = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0),
            memory != UnsafeMutableRawPointer(bitPattern: -1)
        else { return nil }
        defer { munmap(memory, Int(status.st_size)) }
        return find(UnsafeRawBufferPointer(start: memory, count: Int(status.st_size)))
    }

    /// Searches the notes for the owner "GNU" with type 3 (NT_GNU_BUILD_ID).
    private static func find(_ file: UnsafeRawBufferPointer) -> String? {
        let header: [UInt8] = [4, 0, 0, 0]
        let mark: [UInt8] = [3, 0, 0, 0, 0x47, 0x4E, 0x55, 0]
        // The notes stand near the front, after the program headers.
        let limit = min(file.count, 1 << 16) - 16
        guard file.count > 64, file.prefix(4).elementsEqual([0x7F, 0x45, 0x4C, 0x46]) else { return nil }
        for offset in stride(from: 0, to: max(0, limit), by: 4)
        where file[offset..<offset + 4].elementsEqual(header)
            && file[offset + 8..<offset + 16].elementsEqual(mark)
        {
            let length = Int(file[offset + 4])
            return file[offset + 16..<min(file.count, offset + 16 + length)].map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
        }
        return nil
    }
}
