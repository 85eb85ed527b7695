import LabDoctor
import LabRun

/// The basis of a recommendation: the measurements, the place, and the machine.
struct RecommendEvidence: Sendable {
    /// The file system of the pools.
    let fileSystem: UsableFileSystem
    /// The room there before anything was measured.
    let room: PoolRoom
    /// The measurements, and for anything that could not be measured the reason.
    let measurements: [CandidateMeasurement]
    /// The longest stall without the library; nil if it was not timed.
    let referenceStall: Estimate?
    /// The directory of the samples; nil if there are none.
    let results: String?
    /// How the last run ended; nil if there was none.
    let end: EnvironmentManifest.End?
    /// doctor's findings about the machine and the directory.
    let diagnosis: Diagnosis
    /// The path of the library that was measured.
    let library: String
}
