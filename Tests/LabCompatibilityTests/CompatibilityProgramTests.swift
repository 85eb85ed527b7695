import Testing

@testable import LabBase
@testable import LabCompatibility
@testable import Measurement

@Suite("Program files") struct CompatibilityProgramTests {
    private static let valid = """
        title: It works
        packages: [one, two]
        version: one --version
        cases: [small, large]
        quick: [small]
        limits:
          - case: large
            check: count*
            modes: [2]
            reason: it counts descriptors
        broken_checks:
          - check: clock
            reason: it needs a clock
        run: |
          echo "ok it"
        """

    private func parse(_ text: String) throws -> CompatibilityProgram {
        try CompatibilityProgram.parse(text, file: "it.yaml")
    }

    @Test("A complete file")
    func whole() throws {
        let program = try parse(Self.valid)
        #expect(program.name == "it" && program.packages == ["one", "two"])
        #expect(program.cases == ["small", "large"] && program.quickCases == ["small"])
        #expect(program.script == "echo \"ok it\"")
        let limit = try #require(program.limits.first)
        #expect(limit.explains("count_all", of: "large", in: .poolCopy))
        #expect(!limit.explains("count_all", of: "large", in: .privateRemap))
        #expect(!limit.explains("count_all", of: "small", in: .poolCopy))
        #expect(!limit.explains("other", of: "large", in: .poolCopy))
        let broken = try #require(program.brokenChecks.first)
        #expect(broken.isAbout("clock", of: "small") && !broken.isAbout("clocks", of: "small"))
        #expect(!broken.explains("clock", of: "small", in: .poolCopy))
    }

    @Test(
        "What is wrong is named with its line",
        arguments: [
            (
                "quick: [small]", "quick: [smal]",
                "it.yaml:5: quick[1]: unknown case \"smal\"; did you mean \"small\"?"
            ),
            ("quick: [small]", "quik: true", "it.yaml:5: unknown key \"quik\"; did you mean \"quick\"?"),
            (
                "    modes: [2]", "    modes: [4]",
                "it.yaml:9: limits[1].modes[1]: \"4\" is not valid; give a whole number from 1 to 3"
            ),
            (
                "  - check: clock", "  - check: clock\n    modes: [1]",
                "it.yaml:13: broken_checks[1]: unknown key \"modes\""
            ),
            ("title: It works\n", "", "it.yaml:1: the key \"title\" is missing"),
            ("quick: [small]", "pool_size: 1K", "it.yaml:5: pool_size: "),
        ])
    func wrong(line: String, replacement: String, message: String) {
        let error = #expect(throws: InputError.self) {
            try parse(Self.valid.replacing(line, with: replacement))
        }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test("All cases are quick, or the only one")
    func quick() throws {
        #expect(try parse(Self.valid.replacing("[small]", with: "true")).quickCases == ["small", "large"])
        let plain = "title: t\npackages: p\nversion: v\nquick: true\nrun: r\n"
        #expect(try parse(plain).quickCases == [""])
    }
}
