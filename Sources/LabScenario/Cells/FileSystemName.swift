import LabBase

/// Names the file system that a pool is to be on.
package enum FileSystemName: Hashable, Sendable {
    /// A tmpfs that the user can write to.
    case tmpfs
    /// The file system of the working directory, whatever it is.
    case workingDirectory
    /// A tmpfs mounted for the run, with the given huge-page policy.
    case hugeTmpfs(HugePolicy)
    /// A file system made for the run and mounted from an image.
    case loop(LoopType)
    /// A small file system made for the run, so that it can be filled.
    case small(SmallType)
    /// The file system of a directory that the user names.
    case directory(String)

    /// The types of file system that can be made for a run.
    package enum LoopType: String, CaseIterable, Sendable {
        /// XFS with reflink.
        case xfs
        /// Btrfs.
        case btrfs
        /// Ext4.
        case ext4
    }

    /// The types of file system that can be made small.
    package enum SmallType: Hashable, Sendable {
        /// A tmpfs of limited size.
        case tmpfs
        /// A file system in an image of that size.
        case loop(LoopType)

        /// All types, in the order in which they are listed.
        static let all = [SmallType.tmpfs] + LoopType.allCases.map(SmallType.loop)

        /// The name of the type.
        var text: String {
            switch self {
            case .tmpfs: "tmpfs"
            case .loop(let type): type.rawValue
            }
        }

        /// Its size in MiB: room for pools of 32 MiB and a few copies of their contents, and not much else. XFS and btrfs
        /// are as small as mkfs allows, plus what they need for themselves.
        package var mebibytes: Int64 {
            switch self {
            case .tmpfs, .loop(.ext4): 256
            case .loop(.btrfs), .loop(.xfs): 384
            }
        }
    }

    /// The values of tmpfs's mount option `huge` that scenarios use.
    package enum HugePolicy: String, CaseIterable, Sendable {
        /// Huge pages wherever 2 MiB fit.
        case always
        /// Huge pages where the program asks for them with MADV_HUGEPAGE.
        case advise
    }

    /// The names that need no path.
    package static let allNames =
        ["tmpfs", "working_directory"] + LoopType.allCases.map(\.rawValue)
        + HugePolicy.allCases.map { FileSystemName.hugeTmpfs($0).text }
        + SmallType.all.map { FileSystemName.small($0).text }

    /// The file system called `text`, or that of the absolute path `text`; nil for anything else.
    package init?(_ text: String) {
        switch text {
        case "tmpfs": self = .tmpfs
        case "working_directory": self = .workingDirectory
        default:
            if let type = LoopType(rawValue: text) {
                self = .loop(type)
            } else if let policy = HugePolicy.allCases.first(where: { Self.hugeTmpfs($0).text == text }) {
                self = .hugeTmpfs(policy)
            } else if let type = SmallType.all.first(where: { Self.small($0).text == text }) {
                self = .small(type)
            } else if text.hasPrefix("/") {
                self = .directory(text)
            } else {
                return nil
            }
        }
    }

    /// The same for a value of the option --file-system. Throws `InputError`.
    package static func named(_ text: String) throws(InputError) -> FileSystemName {
        guard let name = FileSystemName(text) else {
            throw InputError(
                "--file-system",
                Nearest.unknown("file system", text, among: allNames + ["an absolute path"]))
        }
        return name
    }

    /// Whether it is made to be filled.
    package var isSmall: Bool { if case .small = self { true } else { false } }

    /// The value of `file_system` in cells.
    package var text: String {
        switch self {
        case .tmpfs: "tmpfs"
        case .workingDirectory: "working_directory"
        case .hugeTmpfs(let policy): "tmpfs_huge_\(policy.rawValue)"
        case .small(let type): "\(type.text)_small"
        case .loop(let type): type.rawValue
        case .directory(let path): path
        }
    }
}
