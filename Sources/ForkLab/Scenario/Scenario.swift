/// One question, and the experiment that answers it: what a scenario file says.
public struct Scenario: Sendable {
    /// The file's name without folder and extension: "quickstart".
    public let name: String
    /// The text of the file.
    public let source: String
    /// A few words.
    public let title: String
    /// What a reader wants to know.
    public let question: String
    /// What runs.
    public let workload: Workload
    /// Parameters that are the same in every cell.
    public let parameters: [String: String]
    /// Modes and references to compare.
    public let contenders: [Contender]
    /// The file systems that the pools lie on.
    public let fileSystems: [FileSystemName]
    /// Parameters that vary, each with its values.
    public let axes: [Axis]
    /// Cells beyond the product of the axes.
    public let include: [[String: String]]
    /// What to leave out: every cell that has all of an entry's values.
    public let exclude: [[String: String]]
    /// Measured trials of each cell.
    public private(set) var trials: Int
    /// Trials of each cell that run first and do not count.
    public let warmUp: Int
    /// Seconds that a trial may take.
    public let timeout: Int
    /// Seed of the order of trials and of the workloads.
    public let seed: UInt64
    /// What must hold.
    public let expectations: [Expectation]

    /// The same scenario with another number of measured trials. Throws `InputError` if it is none.
    public func with(trials: Int) throws(InputError) -> Scenario {
        guard (1...100_000).contains(trials) else {
            throw InputError("--trials", "\(trials) is not valid; give a whole number from 1 to 100000")
        }
        var scenario = self
        scenario.trials = trials
        return scenario
    }

    /// A parameter that varies.
    public struct Axis: Equatable, Sendable {
        /// Name of the parameter.
        public let name: String
        /// Its values, in the order of the file.
        public let values: [String]

        /// An axis over `values`.
        public init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }
}

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
