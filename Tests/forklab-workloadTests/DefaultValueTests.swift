import Testing

@testable import WorkloadSchema
@testable import forklab_workload

@Suite("Options of forklab-workload") struct DefaultValueTests {
    @Test("have the defaults of the table of workloads", arguments: WorkloadKind.allCases)
    func defaults(kind: WorkloadKind) throws {
        let command = try #require(
            WorkloadCommand.configuration.subcommands.first { $0.configuration.commandName == kind.rawValue })
        // So wide that what is said of an option is one line, behind its name or below.
        let lines = WorkloadCommand.helpMessage(for: command, columns: 10_000).split(separator: "\n")
        for parameter in kind.parameters where parameter.name != WorkloadParameter.usageRate.name {
            let isSize = parameter.name == WorkloadParameter.poolSize.name
            // That one fills the pool to its last page: its size must be given.
            if isSize, !kind.isToldPoolSize || kind == .exhaustion { continue }
            let place = try #require(
                lines.firstIndex { $0.hasPrefix("  \(parameter.option) <") },
                "\(parameter.option) is no option")
            let line = lines[place].hasSuffix(">") ? lines[place + 1] : lines[place]
            let value = parameter.defaultValue
            if parameter.name == "stall_rate" {
                #expect(line.hasSuffix("writers have 2000. (default: 0)"))
                let options = try ProbeOptions.parse([])
                #expect("\(options.stallRate(of: kind))" == value)
                #expect(try ProbeOptions.parse(["--stall-rate", "7"]).stallRate(of: kind) == 7)
            } else {
                #expect(line.hasSuffix("(default: \(value))"), "\(line)")
            }
        }
    }
}
