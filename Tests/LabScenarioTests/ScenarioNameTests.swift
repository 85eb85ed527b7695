import Testing

@testable import LabScenario

@Suite("Names of scenarios") struct ScenarioNameTests {
    @Test(
        "A scenario without a name is called after its file",
        arguments: [
            ("Scenarios/quickstart.yaml", "quickstart"), ("a//b.c.yaml", "b.c"), ("plain", "plain"),
            (".hidden.yaml", ".hidden"), ("dir/.yaml", "scenario"), ("", "scenario"),
        ])
    func baseName(path: String, name: String) {
        #expect(YAMLFolder.baseName(path) == name)
    }
}
