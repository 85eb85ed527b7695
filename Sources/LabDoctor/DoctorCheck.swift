import LabProcess

/// Something that doctor looks at. One file per check; a check reads everything through a `Machine`, so that a
/// test can substitute another.
protocol DoctorCheck: Sendable {
    /// The check's findings on `machine`, in the order in which they are shown.
    func findings(on machine: Machine) -> [Finding]
}
