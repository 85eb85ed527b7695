import LabDoctor
import LabRun

/// What a recommendation rests on: what was measured, where, and on what machine.
struct RecommendEvidence: Sendable {
    /// Where the pools lay.
    let fileSystem: UsableFileSystem
    /// Its room, before anything was measured.
    let room: PoolRoom
    /// What was measured, and of what could not be why.
    let measurements: [CandidateMeasurement]
    /// The longest stall without the library; nil if it was not timed.
    let referenceStall: Estimate?
    /// The directory of the samples; nil if there are none.
    let results: String?
    /// How the last run ended; nil if there was none.
    let end: EnvironmentManifest.End?
    /// What doctor says of the machine and the directory.
    let diagnosis: Diagnosis
    /// Path of the library that was measured.
    let library: String
}
