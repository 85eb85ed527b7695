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
    /// Parameters that are the same in every cell, those of probes and settings of the library too.
    public let parameters: [String: String]
    /// Modes and references to compare.
    public let contenders: [Contender]
    /// The file systems of the matrix.
    let matrixFileSystems: [FileSystemName]
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
    /// How long a trial may take.
    public let timeout: TimeSpan
    /// How long the whole run may take; nil if it may take what it takes.
    public let timeBudget: TimeSpan?
    /// Seed of the order of trials and of the workloads.
    public let seed: UInt64
    /// What must hold.
    public let expectations: [Expectation]

    /// Every file system that a cell names, those of `include` too.
    public var fileSystems: [FileSystemName] {
        (matrixFileSystems + include.compactMap { $0["file_system"].flatMap(FileSystemName.init) })
            .withoutDoubles
    }

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
