import ForkLab
import Foundation
import Testing

/// Programs that people run, under the library, in each mode that promises something: the quick ones of
/// `Compatibility/`, by the command that also runs all of them.
@Suite struct RealProgramTests {
    /// Those with quick cases.
    private static let programs: [CompatibilityProgram] = {
        let all = (try? CompatibilityProgram.loadAll(folder: BuildProducts.compatibility)) ?? []
        return all.filter { !$0.quickCases.isEmpty }
    }()

    private func compatibility(_ program: String, _ options: String...) throws -> Outcome {
        var command = Command(
            [
                BuildProducts.directory.appendingPathComponent("forklab").path, "compatibility", program,
                "--quick",
            ]
                + options)
        command.deadline = 600
        return try command.run()
    }

    @Test func thereArePrograms() { #expect(Self.programs.count > 5) }

    @Test(arguments: programs.map(\.name))
    func doesItsWork(program: String) throws {
        let outcome = try compatibility(program, "--file-system", Scratch.disk)
        #expect(outcome.status == 0, "\(outcome)")
        // Neither skipped nor broken without the library too: then it would test nothing.
        #expect(!outcome.output.contains("skipped") && !outcome.output.contains("as without"), "\(outcome)")
    }

    /// The debug build's assertions raise no false alarm.
    @Test(arguments: ["python", "bash", "git", "perl"])
    func isSoundUnderTheDebugBuild(program: String) throws {
        let outcome = try compatibility(
            program, "--file-system", Scratch.tmpfs, "--mode", "1", "--mode", "2", "--library",
            BuildProducts.debugLibrary)
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: programs.map(\.name))
    func turnsRedUnderALibraryThatDoesNothing(program: String) throws {
        let outcome = try compatibility(
            program, "--file-system", Scratch.tmpfs, "--mode", "1", "--library", try Scratch.emptyLibrary())
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.output.contains("FAIL"), "\(outcome)")
    }
}
