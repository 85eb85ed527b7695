import LabAnalysis
import LabBase
import LabMetrics
import LabRun
import LabScenario

/// A result directory and what it comes to: what every exporter starts from.
package struct ResultSet: Sendable {
    /// What is in the directory.
    package let contents: ResultDirectory
    /// What it comes to.
    package let summary: RunSummary

    /// Reads `directory`.
    ///
    /// Throws `InputError` that names the file, what is wrong with it and what would be right.
    package init(directory: String) throws(InputError) {
        contents = try ResultDirectory(reading: directory)
        guard !contents.samples.isEmpty else {
            throw InputError(
                ResultDirectory.File.samples.path(in: directory), "holds no sample: nothing was measured")
        }
        summary = contents.summary
    }

    /// Every sample, in the order in which they were written.
    var samples: [Sample] { contents.samples }

    /// The samples of a cell that count: warm-up left out.
    package func counted(_ cell: Cell) -> [Sample] {
        samples.filter { $0.cell == cell && !$0.warmUp }
    }

    /// The values of a metric in a cell, one a trial.
    func values(of metric: Metric, in cell: Cell) -> [Double] {
        counted(cell).compactMap { metric.value(in: $0) }
    }
}
