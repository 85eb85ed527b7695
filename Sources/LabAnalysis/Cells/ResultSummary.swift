import LabRun

extension ResultDirectory {
    /// The summary of all samples in the directory.
    package var summary: RunSummary {
        RunSummary(
            scenario: scenario, plan: plan, fileSystems: fileSystems, skipped: skipped, samples: samples,
            libraries: Set(manifests.map(\.library)), end: manifests.last?.end)
    }
}
