import LabProcess
import LabRun
import LabScenario

/// The allocators that the library is compared with.
struct ReferencesCheck: DoctorCheck {
    func findings(on machine: Machine) -> [Finding] {
        Contender.Reference.allCases.map { reference in
            let subject = "reference \(reference.rawValue)"
            guard let obstacle = ReferenceLoader.obstacle(reference) else {
                return Finding(.ok, subject, "can be measured beside the modes")
            }
            return Finding(.missing, subject, "left out of comparisons", advice: obstacle.reason)
        }
    }
}
