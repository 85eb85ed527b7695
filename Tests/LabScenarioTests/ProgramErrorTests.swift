import Testing
import LabTestSupport

@testable import LabBase
@testable import LabMetrics
@testable import LabRun
@testable import LabScenario
@testable import WorkloadSchema

@Suite("Complaints about the program: of a scenario file") struct ProgramErrorTests {
    private static let valid = """
        title: T
        question: Q
        program:
          start: server --port {port}
          trigger: {tcp: "{port}", send: "fork\\n", expect: ok}
          parameters: {keys: 1000}
          load: fill {keys}
          ready: {command: "ping {port}", deadline: 5}
          probe: {tcp: "{port}", send: "get {random 1000}\\n", rate: 100}
          metrics:
            usec: {command: info, match: 'usec:(\\d+)', unit: us}
          stop: SIGINT
        matrix:
          mode: [1, 2]
          file_system: tmpfs
        """

    @Test("The file that the others are derived from is valid, and is read correctly")
    func accepted() throws {
        let scenario = try Scenario.parse(Self.valid, file: "s.yaml")
        guard case .program(let program) = scenario.workload else {
            Issue.record("not a program")
            return
        }
        #expect(program.name == "server" && program.triggers == 1 && program.stop == .signal(2))
        #expect(program.ready == .init(action: .shell("ping {port}"), deadline: 5_000_000_000))
        #expect(program.load == .init(action: .shell("fill {keys}"), deadline: 60_000_000_000))
        let request = ProgramDefinition.Request(send: "fork\n", expect: "ok", end: "")
        #expect(program.trigger.action == .tcp(port: "{port}", request: request))
        #expect(program.metrics.map(\.unit) == [.microseconds])
        #expect(scenario.workload.parameters.map(\.name) == ["pool_size", "keys"])
    }

    @Test(
        "Golden messages",
        arguments: [
            ("  start: server --port {port}\n", "", "s.yaml:4: program: the key \"start\" is missing"),
            (
                "  load: fill {keys}", "  laod: fill {keys}",
                "s.yaml:7: program: unknown key \"laod\"; did you mean \"load\"?"
            ),
            (
                "{port}\n", "{prot}\n",
                "s.yaml:4: program.start: unknown placeholder \"prot\"; did you mean \"port\"?; "
                    + "write {{prot}} for the text itself"
            ),
            (
                "fill {keys}", "fill {kyes}",
                "s.yaml:7: program.load: unknown placeholder \"kyes\"; did you mean \"keys\"?; "
                    + "write {{kyes}} for the text itself"
            ),
            (
                "probe: {tcp: \"{port}\"", "probe: {tcp: 99999",
                "s.yaml:9: program.probe.tcp: \"99999\" is not a port; give a number from 1 to 65535, or \"{port}\""
            ),
            (
                "trigger: {tcp: \"{port}\"", "trigger: {tcp: http",
                "s.yaml:5: program.trigger.tcp: \"http\" is not a port; give a number from 1 to 65535, or \"{port}\""
            ),
            (
                "{keys: 1000}", "{port: 1000}",
                "s.yaml:6: program.parameters.port: the name is taken; give another one"
            ),
            (
                "{keys: 1000}", "{Keys: 1000}",
                "s.yaml:6: program.parameters.Keys: \"Keys\" is not a name; "
                    + "give lower-case letters, digits and underscores"
            ),
            (
                "{command: \"ping {port}\", deadline: 5}", "{deadline: 5}",
                "s.yaml:8: program.ready: needs one of the keys \"command\" and \"tcp\""
            ),
            (
                "deadline: 5}", "send: x}",
                "s.yaml:8: program.ready: has a command and send, which goes with tcp; give one of the two"
            ),
            (
                "rate: 100", "rate: 0",
                "s.yaml:9: program.probe.rate: \"0\" is not a rate; give requests per second, above 0, or a parameter in braces"
            ),
            (
                ", rate: 100", "",
                "s.yaml:9: program.probe: the key \"rate\" is missing; give requests per second"
            ),
            (
                "{random 1000}", "{random many}",
                "s.yaml:9: program.probe.send: \"get {random many}\n\" draws no number; "
                    + "write {random N} with N above 0, as in {random 1000}"
            ),
            (
                "usec: {", "fork_stall: {",
                "s.yaml:11: program.metrics.fork_stall: is not a name for it; give lower-case letters, digits "
                    + "and underscores, none that forklab has, and none that begins with later_"
            ),
            (
                "usec: {", "later_usec: {",
                "s.yaml:11: program.metrics.later_usec: is not a name for it; give lower-case letters, digits "
                    + "and underscores, none that forklab has, and none that begins with later_"
            ),
            (
                "unit: us", "unit: usec",
                "s.yaml:11: program.metrics.usec.unit: unknown unit \"usec\"; did you mean \"us\"?"
            ),
            (
                "SIGINT", "SIGNIT",
                "s.yaml:12: program.stop: unknown signal \"SIGNIT\"; did you mean \"SIGINT\"?"
            ),
            (
                "  stop: SIGINT", "  environment: {LD_PRELOAD: x}",
                "s.yaml:12: program.environment.LD_PRELOAD: is set by the cells; "
                    + "vary it under matrix, or fix it under library"
            ),
            (
                "  stop: SIGINT", "  files: {../x: y}",
                "s.yaml:12: program.files.../x: \"../x\" is not a file name; give one without slashes: "
                    + "it goes to {scratch}"
            ),
            (
                "program:", "workload: {name: heap}\nprogram:",
                "s.yaml:1: has the keys \"workload\" and \"program\"; give one of the two"
            ),
        ])
    func golden(old: String, new: String, expected: String) throws {
        let place = try #require(Self.valid.firstRange(of: old))
        let text = Self.valid.replacingCharacters(in: place, by: new)
        #expect(Scenario.complaint(about: text) == expected)
    }
}

@Suite("Numbers that a program reports, as metrics") struct OwnMetricTests {
    private static let scenario = """
        title: T
        question: Q
        program:
          start: server
          trigger: 'true'
          metrics: {stall: {command: info, match: '(\\d+)', unit: us}}
        matrix: {reference: glibc}
        expect:
        """

    @Test("An expectation may name them, including those of later triggers")
    func expected() throws {
        let text = Self.scenario + "\n  - stall < 5 ms\n  - later_stall < 5 ms\n"
        let scenario = try Scenario.parse(text, file: "s.yaml")
        #expect(scenario.expectations.count == 2)
    }

    @Test("A wrong unit and a slip are found")
    func wrong() {
        for (line, expected) in [
            ("stall < 5 M", "counts time, not bytes"), ("stal < 5 ms", "did you mean \"stall\"?"),
        ] {
            #expect {
                try Scenario.parse(Self.scenario + "\n  - \(line)", file: "s.yaml")
            } throws: {
                "\($0)".contains(expected)
            }
        }
    }

    @Test("The first trigger's value is one metric, the median of the later ones another")
    func values() throws {
        var report = WorkloadReport(workload: "server", allocator: "")
        var record = ProgramRecord()
        record.numbers = [7, 1, 3, 2].enumerated().map { index, value in
            .init(name: "stall", fork: index + 1, value: value, unit: "nanoseconds")
        }
        report.program = record
        let metrics = Metric.own(in: [report])
        #expect(metrics == [.own("stall", .nanoseconds), .laterOwn("stall", .nanoseconds)])
        #expect(metrics.map { $0.value(in: report) } == [7, 2])
    }
}

@Suite("Programs that cannot run here") struct ProgramObstacleTests {
    private func obstacle(_ lines: String) throws -> Skipped? {
        let text = "title: T\nquestion: Q\nprogram:\n\(lines)\nmatrix: {reference: glibc}"
        let scenario = try Scenario.parse(text, file: "s.yaml")
        guard case .program(let program) = scenario.workload else { return nil }
        return program.obstacle
    }

    @Test("A server that is not installed is named, with its packages")
    func missing() throws {
        let skipped = try obstacle(
            "  start: /nowhere/server -x\n  packages: [a, b]\n  trigger: kill -1 {server_pid}")
        #expect(skipped?.description == "program=server: skipped: /nowhere/server is not found; install a b")
    }

    @Test("So is the first word of a command, unless only a shell can tell")
    func commands() throws {
        #expect(
            try obstacle("  start: cat\n  trigger: forklab-nothing x")?.reason
                == "forklab-nothing is not found")
        #expect(
            try obstacle(
                "  start: cat\n  trigger: $X; for i in 1; do true; done\n  load: while true; do x; done")
                == nil)
        #expect(
            try obstacle("  start: mine\n  environment: {PATH: /nowhere}\n  trigger: ':'")?.reason
                == "mine is not found")
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, by text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}

@Suite("Placeholders") struct PlaceholderTests {
    private let placeholders = Placeholders(values: ["port": "7", "a_1": "x"])

    @Test(
        "What is replaced and what is left alone",
        arguments: [
            ("{port}", "7"), ("-p {port}:{a_1}", "-p 7:x"), ("{{port}}", "{port}"), ("{other}", "{other}"),
            ("awk '{print $1}'", "awk '{print $1}'"), ("events {}", "events {}"), ("${HOME}", "${HOME}"),
            ("{", "{"), ("{{", "{{"), ("{port", "{port"), ("{{port}", "{7"), ("{random 10}", "{random 10}"),
        ])
    func expansion(text: String, expected: String) {
        #expect(placeholders.expand(text) == expected)
    }
}
