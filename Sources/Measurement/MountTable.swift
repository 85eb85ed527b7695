import LabBase
import SystemPackage

/// One mount, from /proc/self/mountinfo.
public struct Mount: Equatable, Sendable {
    /// Where it is mounted.
    public let point: String
    /// The type of its file system: "ext4".
    public let type: String
    /// The source of the mount: a device's path, or a name.
    public let source: String
    /// Options of the mount and of the file system, without duplicates.
    public let options: String

    /// Memberwise initializer.
    public init(point: String, type: String, source: String = "none", options: String) {
        self.point = point
        self.type = type
        self.source = source
        self.options = options
    }

    /// The mounts that this process sees; empty if /proc cannot be read. Safe in any thread.
    public static func visible() -> [Mount] {
        (try? TextFile.read("/proc/self/mountinfo")).map(parse) ?? []
    }

    /// Parses the text of a mountinfo file.
    public static func parse(_ text: String) -> [Mount] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash > 5, fields.count > dash + 3 else { return nil }
            var options = fields[5].split(separator: ",")
            for option in fields[dash + 3].split(separator: ",") where !options.contains(option) {
                options.append(option)
            }
            return Mount(
                point: unescaped(fields[4]), type: String(fields[dash + 1]),
                source: unescaped(fields[dash + 2]), options: options.joined(separator: ","))
        }
    }

    /// The mount that contains `path` (absolute, links resolved).
    public static func containing(_ path: String, in mounts: [Mount]) -> Mount? {
        let path = FilePath(path)
        return mounts.filter { path.starts(with: FilePath($0.point)) }.reduce(nil) { best, mount in
            // If several are mounted at the same point, the last one is on top.
            mount.point.utf8.count >= best?.point.utf8.count ?? 0 ? mount : best
        }
    }

    /// Decodes octal escapes, which stand for blanks and backslashes.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
