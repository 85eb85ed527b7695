import Glibc
import LabBase

/// Facts about the machine and this process's place on it.
package enum HostFacts {
    /// Name of the host, kernel release and architecture.
    package static func system() -> (host: String, kernel: String) {
        var name = utsname()
        uname(&name)
        return (text(&name.nodename), text(&name.release) + " " + text(&name.machine))
    }

    private static func text<Field>(_ field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The C library in use: "glibc 2.36".
    package static func libc() -> String {
        var text = [UInt8](repeating: 0, count: 64)
        let length = text.withUnsafeMutableBytes {
            confstr(Int32(_CS_GNU_LIBC_VERSION), $0.baseAddress!.assumingMemoryBound(to: CChar.self), 64)
        }
        return String(decoding: text.prefix(max(0, length - 1)), as: UTF8.self)
    }

    /// The model of the processor.
    package static func processor() -> String {
        let lines = (Machine.this.read("/proc/cpuinfo") ?? "").split(separator: "\n")
        let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
        return model.map { String($0.drop { $0 == " " }) } ?? "unknown"
    }

    /// The processors that this process may run on: "0-3,8".
    package static func processorsAllowed() -> String? {
        let lines = (Machine.this.read("/proc/self/status") ?? "").split(separator: "\n")
        return lines.first { $0.hasPrefix("Cpus_allowed_list:") }?
            .split { $0 == "\t" || $0 == " " }.last.map(String.init)
    }

    /// The Git revision of the checkout that contains `folder`, with "-dirty" if it was changed; nil if there is none.
    package static func gitRevision(of folder: String) -> String? {
        guard let git = RealPath.program("git") else { return nil }
        let process = ChildProcess(
            executable: git,
            arguments: ["-C", folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            environment: ProgramEnvironment.plain, timeout: .seconds(10))
        guard let result = try? process.run(interruption: nil), result.end == .exited(0) else { return nil }
        return result.output.split(separator: "\n").first.map(String.init)
    }

    /// Processes that ran or waited for a processor or a disk, on average over 1, 5 and 15 minutes.
    package static func loadAverage() -> [Double] {
        (Machine.this.line("/proc/loadavg") ?? "").split(separator: " ").prefix(3).compactMap { Double($0) }
    }

    /// The soft limits of this process, by the words of /proc/self/limits: "max_open_files".
    package static func limits() -> [String: String] {
        parseLimits(Machine.this.read("/proc/self/limits") ?? "")
    }

    /// The table has columns of fixed width: the name ends at the first two blanks.
    static func parseLimits(_ table: String) -> [String: String] {
        var limits: [String: String] = [:]
        for line in table.split(separator: "\n").dropFirst() {
            let characters = Array(line)
            guard
                let gap = characters.indices.dropLast().first(where: {
                    characters[$0] == " " && characters[$0 + 1] == " "
                })
            else { continue }
            let name = String(characters[..<gap]).lowercased().split(separator: " ").joined(separator: "_")
            limits[name] = String(characters[gap...]).split(separator: " ").first.map(String.init)
        }
        return limits
    }
}
