import LabBase

/// Which file system a pool is to lie on.
package enum FileSystemName: Hashable, Sendable {
    /// A tmpfs that the user can write to.
    case tmpfs
    /// That of the working directory, whatever it is.
    case workingDirectory
    /// A tmpfs mounted for the run, with that policy of huge pages.
    case hugeTmpfs(HugePolicy)
    /// One made for the run and mounted from an image.
    case loop(LoopType)
    /// One made for the run that is small, so that it can be filled.
    case small(SmallType)
    /// That of a directory the user names.
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
        /// A tmpfs with a size.
        case tmpfs
        /// In an image with that size.
        case loop(LoopType)

        /// In the order in which they are listed.
        static let all = [SmallType.tmpfs] + LoopType.allCases.map(SmallType.loop)

        /// Its name, and that of the type it has.
        var text: String {
            switch self {
            case .tmpfs: "tmpfs"
            case .loop(let type): type.rawValue
            }
        }

        /// Its size: pools of 32 MiB and some copies of what lies in one have room, and not much else. XFS and btrfs
        /// are as small as mkfs makes them, and what they need for themselves.
        package var mebibytes: Int64 {
            switch self {
            case .tmpfs, .loop(.ext4): 256
            case .loop(.btrfs), .loop(.xfs): 384
            }
        }
    }

    /// The values of tmpfs's mount option `huge` that scenarios use.
    package enum HugePolicy: String, CaseIterable, Sendable {
        /// Wherever 2 MiB fit.
        case always
        /// Where the program asks for it with MADV_HUGEPAGE.
        case advise
    }

    /// The names that need no path.
    package static let allNames =
        ["tmpfs", "working_directory"] + LoopType.allCases.map(\.rawValue)
        + HugePolicy.allCases.map { FileSystemName.hugeTmpfs($0).text }
        + SmallType.all.map { FileSystemName.small($0).text }

    /// The file system of that name, or of that absolute path; nil for anything else.
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

    /// The same, of what was given to the option --file-system. Throws `InputError`.
    package static func named(_ text: String) throws(InputError) -> FileSystemName {
        guard let name = FileSystemName(text) else {
            throw InputError(
                "--file-system",
                Nearest.unknown("file system", text, among: allNames + ["an absolute path"]))
        }
        return name
    }

    /// Whether it was made to be filled.
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
