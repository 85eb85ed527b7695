import Testing

@testable import LabBase

extension Trait where Self == ConditionTrait {
    /// The test is skipped, and said to be, where a program is not installed.
    package static func needs(_ program: String, package: String) -> Self {
        .enabled("\(program) is missing: install the package \(package)") { RealPath.program(program) != nil }
    }
}
