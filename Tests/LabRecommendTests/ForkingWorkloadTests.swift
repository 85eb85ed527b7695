import Testing
import LabTestSupport

@testable import LabBase
@testable import LabRecommend
@testable import LabRun
@testable import LabScenario
@testable import Measurement

@Suite("The workload of a recommendation") struct ForkingWorkloadTests {
    private func complaint(_ make: () throws -> ForkingWorkload) -> String {
        do {
            _ = try make()
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    private func scenario(_ workload: ForkingWorkload, reflink: Bool = false) throws -> Scenario {
        let fileSystem = try JSONLine.decode(
            UsableFileSystem.self,
            from: """
                {"name": "/tmp", "directory": "/tmp", "type": "xfs", "mount_options": "", "reflink": \(reflink), \
                "dax": false, "available": 0}
                """)
        return try RecommendScenario(
            workload: workload, fileSystem: fileSystem, modes: [.privateRemap, .poolCopy, .copyOrRemap],
            trials: 5,
            timeout: RecommendScenario.timeout(of: workload)
        ).scenario()
    }

    @Test("Becomes a scenario, whose cells are the candidates and a control")
    func cells() throws {
        let workload = try ForkingWorkload.standard(threadsWrite: false).with(poolSize: "64M")
            .setting(["share_in_use=0.25", "pool_reserve=lazy"])
        let cells = Plan.cells(of: try scenario(workload))
        // Where the child copies, mode 3 would do what mode 2 does.
        #expect(
            cells.map { Candidate($0) } == [
                Candidate(.privateRemap), Candidate(.poolCopy), Candidate(.poolCopy, copier: .child),
                Candidate(.copyOrRemap), nil,
            ])
        #expect(cells[0]["share_in_use"] == "0.25" && cells[0]["pool_reserve"] == "lazy")
        #expect(cells[0]["pool_size"] == "64M" && cells[0]["forks"] == "3")
        // With reflink the setting that changes what a copy promises is tried too, where it has an effect.
        #expect(
            Set(Plan.cells(of: try scenario(workload, reflink: true)).compactMap { Candidate($0) })
                == Set(Candidate.all(reflink: true, isSpaceKept: false)))
    }

    @Test("A command keeps its words, whatever they contain")
    func command() throws {
        let own = OwnCommand(
            arguments: ["server", "two words", "it's", "{port}", ""],
            steps: [("trigger", "echo \"a: b\" # c"), ("ready", "true")], environment: ["A=b=c"])
        let scenario = try scenario(own.workload().with(poolSize: "64M"))
        guard case .program(let program) = scenario.workload else {
            Issue.record("no program")
            return
        }
        #expect(program.start == #"server 'two words' 'it'\''s' {port} ''"#)
        #expect(program.trigger.action == .shell("echo \"a: b\" # c"))
        #expect(program.environment == ["A": "b=c"] && program.triggers == 1)
    }

    @Test("A scenario provides its workload or its program, but not its matrix")
    func fromScenario() throws {
        let folder = try ScratchDirectory()
        let path = try folder.write(
            """
            title: T
            question: Q
            program:
              start: server {size}
              trigger: {tcp: "{port}", send: "GO\\r\\n"}
              parameters: {size: 5, rate: 7}
            library: {fork_space: strict, pool_reserve: lazy}
            matrix: {mode: [0, 2], file_system: [tmpfs, xfs], size: [1, 2]}
            timeout: 90
            """, to: "s.yaml")
        #expect(
            complaint { try .scenario(path, set: []) }
                == "\(path): varies size (1, 2); choose one with --set size=1")
        let workload = try ForkingWorkload.scenario(path, set: ["size=2"]).with(poolSize: "64M")
            .setting(["size=2"])
        let scenario = try scenario(workload)
        #expect(scenario.timeout == Duration(text: "90s"))
        let cells = Plan.cells(of: scenario)
        #expect(
            cells.map(\.contender)
                == [1, 2, 2, 3].map { .mode(ForkMode(rawValue: $0)!) } + [.reference(.glibc)])
        #expect(cells.allSatisfy { $0["size"] == "2" && $0["fork_space"] == nil })
        #expect(cells[0]["pool_reserve"] == "lazy")
        guard case .program(let program) = scenario.workload else {
            Issue.record("no program")
            return
        }
        #expect(
            program.trigger.action
                == .tcp(port: "{port}", request: .init(send: "GO\r\n", expect: "", end: "")))
    }

    @Test("The measurement matches its file, so that the results can be read and resumed")
    func file() throws {
        let folder = try ScratchDirectory()
        let path = try folder.write(
            """
            title: T
            question: Q
            program:
              start: &it server {size}
              environment: {AGAIN: *it}
              files:
                a.conf: |
                  one: 1
                    two # three
              trigger: {tcp: "{port}", send: "GO\\r\\n"}
              parameters: {size: 5}
            library: {pool_reserve: lazy}
            matrix: {mode: [0, 2], file_system: tmpfs, size: 2}
            timeout: 1.5m
            """, to: "s.yaml")
        let own = OwnCommand(
            arguments: ["it's", "- a: b # c", "null"],
            steps: [("trigger", "x\ny\t\u{1}\n"), ("ready", "{a: b}")],
            environment: ["A=~", "B= &b *b"])
        let workloads = [
            try .standard(threadsWrite: true).with(poolSize: "64MiB").setting(["hold=5", "VMMALLOC_X=y: z #"]
            ),
            try .builtIn("tree").with(poolSize: "1G"), try .scenario(path, set: []),
            try .scenario(path, set: ["size=7"]).with(poolSize: "0.5G").setting(["size=7"]),
            try own.workload().with(poolSize: "64M"),
        ]
        for workload in workloads {
            for reflink in [false, true] {
                let built = try scenario(workload, reflink: reflink)
                let read = try Scenario.parse(built.source, file: "recommend.yaml", name: "recommend")
                #expect(try description(built) == description(read))
            }
        }
    }

    /// All that a scenario says.
    private func description(_ scenario: Scenario) throws -> String {
        let program =
            if case .program(let program) = scenario.workload { try JSONLine.encode(program) } else { "" }
        let plan = Plan(scenario, fileSystems: scenario.fileSystems.map(\.text))
        return """
            \(scenario.name) \(scenario.title) \(scenario.question) \(scenario.workload.name) \(program)
            \(scenario.parameters.sorted { $0.key < $1.key }) \(scenario.contenders) \(scenario.axes)
            \(scenario.include) \(scenario.exclude.map { $0.sorted { $0.key < $1.key } }) \(scenario.trials) \(scenario.warmUp) \(scenario.timeout)
            \(scenario.timeBudget as Any) \(scenario.seed) \(scenario.expectations.count)
            \(plan.steps.map { "\($0.sequence) \($0.trial) \($0.cell)" })
            """
    }

    @Test("Errors name the option")
    func complaints() {
        #expect(
            complaint { try .builtIn("heep") }
                == "--workload: unknown workload \"heep\"; did you mean \"heap\"?")
        #expect(complaint { try .builtIn("start") }.hasPrefix("--workload: unknown workload \"start\""))
        let heap = ForkingWorkload.standard(threadsWrite: false)
        #expect(
            complaint { try heap.with(poolSize: "1M") }.hasPrefix("--pool-size: \"1M\" is not a pool size"))
        #expect(
            complaint { try heap.setting(["forks"]) }
                == "--set: \"forks\" is not a setting; give key=value, as in share_in_use=0.8")
        #expect(
            complaint { try heap.setting(["fork=3"]) }
                == "--set: unknown key \"fork\"; did you mean \"forks\"?")
        #expect(
            complaint { try heap.setting(["fork_space=strict"]) }
                == "--set: fork_space is decided by the recommendation; leave it out")
        func own(_ steps: [(key: String, text: String)]) -> String {
            complaint { try OwnCommand(arguments: ["server"], steps: steps).workload() }
        }
        #expect(own([]).hasPrefix("--trigger: is missing"))
        #expect(own([("trigger", "kill {pid}")]).hasPrefix("--trigger: unknown placeholder \"pid\""))
        #expect(
            own([("trigger", "true"), ("triggers", "x")])
                == "--triggers: \"x\" is not valid; give a whole number from 1 to 1000")
        #expect(
            own([("trigger", "true"), ("stop", "SIGFOO")]).hasPrefix("--stop: unknown signal \"SIGFOO\""))
        #expect(own([("trigger", "")]) == "--trigger: is empty; give a value")
    }
}
