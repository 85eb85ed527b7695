import Testing

@testable import LabBase

extension Trait where Self == ConditionTrait {
    /// Skips the test, with a note, if a program is not installed.
    package static func needs(_ program: String, package: String) -> Self {
        .enabled("\(program) is missing: install the package \(package)") { RealPath.program(program) != nil }
    }
}
