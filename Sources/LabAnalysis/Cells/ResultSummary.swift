import LabRun

extension ResultDirectory {
    /// What it all comes to.
    package var summary: RunSummary {
        RunSummary(
            scenario: scenario, plan: plan, fileSystems: fileSystems, skipped: skipped, samples: samples,
            libraries: Set(manifests.map(\.library)), end: manifests.last?.end)
    }
}
