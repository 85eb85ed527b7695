@testable import LabBase
@testable import LabScenario

extension Scenario {
    /// The parser's complaint about a text, which it takes for "s.yaml"; "accepted" if there is none.
    package static func complaint(about text: String) -> String {
        do {
            _ = try parse(text, file: "s.yaml")
            return "accepted"
        } catch {
            return error.description
        }
    }
}
