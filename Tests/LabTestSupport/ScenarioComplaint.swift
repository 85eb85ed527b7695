@testable import LabBase
@testable import LabScenario

extension Scenario {
    /// What the parser says of a text, which it takes for "s.yaml"; "accepted" if nothing.
    package static func complaint(about text: String) -> String {
        do {
            _ = try parse(text, file: "s.yaml")
            return "accepted"
        } catch {
            return error.description
        }
    }
}
