import LabAnalysis
import LabBase
import LabMetrics
import LabRun
import LabScenario

/// A result directory and its summary: the input of every exporter.
package struct ResultSet: Sendable {
    /// The contents of the directory.
    package let contents: ResultDirectory
    /// The summary of its samples.
    package let summary: RunSummary

    /// Reads `directory`.
    ///
    /// Throws an `InputError` that names the file, what is wrong with it and what would be right.
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

    /// The samples of a cell that count, without warm-up.
    package func counted(_ cell: Cell) -> [Sample] {
        samples.filter { $0.cell == cell && !$0.warmUp }
    }

    /// The values of a metric in a cell, one per trial.
    func values(of metric: Metric, in cell: Cell) -> [Double] {
        counted(cell).compactMap { metric.value(in: $0) }
    }
}
