import LabProcess

/// Something that doctor looks at. One file a check; a check reads what it needs through a `Machine`, so that a
/// test can give it another.
protocol DoctorCheck: Sendable {
    /// What it found, in the order in which it is shown.
    func findings(on machine: Machine) -> [Finding]
}
