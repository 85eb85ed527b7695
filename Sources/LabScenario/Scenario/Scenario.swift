import Algorithms
import LabBase

/// One question and the experiment that answers it: the contents of a scenario file.
package struct Scenario: Sendable {
    /// The file's name without folder and extension: "quickstart".
    package let name: String
    /// The text of the file.
    package let source: String
    /// The title, a few words.
    package let title: String
    /// The question that a reader wants answered.
    package let question: String
    /// The workload or program that runs.
    package let workload: Workload
    /// Parameters that are the same in every cell, including those of probes and settings of the library.
    package let parameters: [String: String]
    /// Modes and references to compare.
    let contenders: [Contender]
    /// The file systems of the matrix.
    let matrixFileSystems: [FileSystemName]
    /// Parameters that vary, each with its values.
    package let axes: [Axis]
    /// Cells beyond the product of the axes.
    package let include: [[String: String]]
    /// The exclusions: every cell that has all values of an entry is left out.
    let exclude: [[String: String]]
    /// Measured trials of each cell.
    package private(set) var trials: Int
    /// Trials of each cell that run first and do not count.
    package let warmUp: Int
    /// How long a trial may take.
    package let timeout: Duration
    /// How long the whole run may take; nil for no limit.
    package let timeBudget: Duration?
    /// The seed for the order of trials and for the workloads.
    package let seed: UInt64
    /// The expectations that must hold.
    package let expectations: [Expectation]

    /// Memberwise initializer; the defaults are those of a file that says nothing.
    package init(
        name: String, source: String, title: String, question: String, workload: Workload,
        parameters: [String: String], contenders: [Contender], fileSystems: [FileSystemName], axes: [Axis],
        include: [[String: String]] = [], exclude: [[String: String]] = [], trials: Int, warmUp: Int,
        timeout: Duration, timeBudget: Duration? = nil, seed: UInt64 = 1, expectations: [Expectation] = []
    ) {
        self.name = name
        self.source = source
        self.title = title
        self.question = question
        self.workload = workload
        self.parameters = parameters
        self.contenders = contenders
        matrixFileSystems = fileSystems
        self.axes = axes
        self.include = include
        self.exclude = exclude
        self.trials = trials
        self.warmUp = warmUp
        self.timeout = timeout
        self.timeBudget = timeBudget
        self.seed = seed
        self.expectations = expectations
    }

    /// Every file system that a cell names, including those of `include`.
    package var fileSystems: [FileSystemName] {
        (matrixFileSystems + include.compactMap { $0["file_system"].flatMap(FileSystemName.init) })
            .uniqued(on: \.self)
    }

    /// The same scenario with another number of measured trials. Throws `InputError` if that number is out of range.
    package func with(trials: Int) throws(InputError) -> Scenario {
        guard (1...100_000).contains(trials) else {
            throw InputError("--trials", "\(trials) is not valid; give a whole number from 1 to 100000")
        }
        var scenario = self
        scenario.trials = trials
        return scenario
    }

    /// A parameter that varies.
    package struct Axis: Equatable, Sendable {
        /// Name of the parameter.
        package let name: String
        /// Its values, in the order of the file.
        package let values: [String]

        /// An axis over `values`.
        package init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }
}
