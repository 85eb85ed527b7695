/// Which file system a pool is to lie on.
public enum FileSystemName: Hashable, Sendable {
    /// A tmpfs that the user can write to.
    case tmpfs
    /// That of the working directory, whatever it is.
    case workingDirectory
    /// A tmpfs mounted for the run, with that policy of huge pages.
    case hugeTmpfs(HugePolicy)
    /// One made for the run and mounted from an image.
    case loop(LoopType)
    /// That of a directory the user names.
    case directory(String)

    /// The types of file system that can be made for a run.
    public enum LoopType: String, CaseIterable, Sendable {
        /// XFS with reflink.
        case xfs
        /// Btrfs.
        case btrfs
        /// Ext4.
        case ext4
    }

    /// The values of tmpfs's mount option `huge` that scenarios use.
    public enum HugePolicy: String, CaseIterable, Sendable {
        /// Wherever 2 MiB fit.
        case always
        /// Where the program asks for it with MADV_HUGEPAGE.
        case advise
    }

    /// The names that need no path.
    public static let allNames =
        ["tmpfs", "working_directory"] + LoopType.allCases.map(\.rawValue)
        + HugePolicy.allCases.map { FileSystemName.hugeTmpfs($0).text }

    /// The file system of that name, or of that absolute path; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "tmpfs": self = .tmpfs
        case "working_directory": self = .workingDirectory
        default:
            if let type = LoopType(rawValue: text) {
                self = .loop(type)
            } else if let policy = HugePolicy.allCases.first(where: { Self.hugeTmpfs($0).text == text }) {
                self = .hugeTmpfs(policy)
            } else if text.hasPrefix("/") {
                self = .directory(text)
            } else {
                return nil
            }
        }
    }

    /// The same, of what was given to the option --file-system. Throws `InputError`.
    public static func named(_ text: String) throws(InputError) -> FileSystemName {
        guard let name = FileSystemName(text) else {
            throw InputError(
                "--file-system",
                Nearest.unknown("file system", text, among: allNames + ["an absolute path"]))
        }
        return name
    }

    /// The value of `file_system` in cells.
    public var text: String {
        switch self {
        case .tmpfs: "tmpfs"
        case .workingDirectory: "working_directory"
        case .hugeTmpfs(let policy): "tmpfs_huge_\(policy.rawValue)"
        case .loop(let type): type.rawValue
        case .directory(let path): path
        }
    }
}
