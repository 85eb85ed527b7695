import Testing

@testable import LabReport
@testable import LabRun
@testable import LabScenario

@Suite("The progress of a run") struct ProgressTests {
    private static let text = """
        title: T
        question: Q
        workload: {name: throughput}
        matrix: {mode: [1, 2], reference: [glibc], file_system: [/tmp]}
        trials: 3
        warm_up: 1
        """

    @Test("Trials made, time left, the cell and its place in the pass")
    func line() throws {
        let plan = Plan(try Scenario.parse(Self.text, file: "s.yaml"), fileSystems: ["/tmp"])
        var progress = Progress(plan, made: 0, terminal: false)
        for step in plan.steps.prefix(4) {
            progress.begin(step, timeLeft: nil)
            progress.end()
        }
        let step = plan.steps[4]
        progress.begin(step, timeLeft: nil)
        let cell = CellLabels(plan.cells).label(step.cell)
        #expect(progress.line(step, timeLeft: nil) == "4/12 trials, now \(cell) (trial 1 of 3, cell 2 of 3)")
        #expect(
            progress.line(step, timeLeft: 90_000_000_000)
                == "4/12 trials, about 1 min 30 s left, now \(cell) (trial 1 of 3, cell 2 of 3)")
        #expect(progress.line(plan.steps[0], timeLeft: nil).contains("(warm-up, cell 2 of 3)"))
    }

    @Test("A description has the cells, the time and what is skipped, and runs nothing")
    func described() throws {
        let text =
            Self.text.replacing("[/tmp]", with: "[/tmp, /no/such/place]") + "\ntimeout: 60\ntime_budget: 5m\n"
        let scenario = try Scenario.parse(text, file: "s.yaml")
        let selection = FileSystemSelection(
            scenario.fileSystems, fixtures: LoopFixtures(imageDirectory: "/tmp"))
        func description(_ earlier: EarlierRun?) throws -> PlanDescription {
            try PlanDescription(
                scenario, options: RunOptions(shard: "2/2"), selection: selection, earlier: earlier)
        }
        let unknown = try description(nil)
        #expect(unknown.cells.count == 3 && unknown.trialsPlanned == 6 && unknown.estimatedTime == nil)
        #expect(
            unknown.text.contains(
                "3 cells, each with 1 warm-up and 3 measured trials, shard 2/2 of them: 6 trials"))
        #expect(
            unknown.text.contains(
                "Time: not known before a first run; at most 6 min 0 s, if each trial takes until its timeout; "
                    + "cut short after 5 min 0 s"))
        #expect(unknown.text.contains("  file_system=/no/such/place: skipped: /no/such/place does not exist"))

        var times = TrialTimes()
        times.record(unknown.cells[0], 2_000_000_000)
        times.record(unknown.cells[1], 4_000_000_000)
        let known = try description(EarlierRun(directory: "results/x", times: times))
        // The third cell takes what the others take on average.
        #expect(
            known.estimatedTime == 18_000_000_000
                && known.text.contains("Time: about 18.0 s, as in results/x;"))
    }
}
