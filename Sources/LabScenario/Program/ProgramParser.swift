import LabBase
import SystemPackage
import WorkloadSchema

/// Reads and checks the `program:` of a scenario.
package struct ProgramParser {
    private static let keys = [
        "name", "packages", "user", "pool_size", "environment", "parameters", "files", "prepare", "start",
        "ready", "load", "probe", "trigger", "triggers", "settle", "verify", "metrics", "stop", "deadline",
    ]
    private static let signals: [(name: String, number: Int32)] = [
        ("SIGTERM", 15), ("SIGINT", 2), ("SIGQUIT", 3), ("SIGHUP", 1), ("SIGUSR1", 10), ("SIGUSR2", 12),
        ("SIGKILL", 9),
    ]

    private let entries: YAMLMapping
    private let texts: ProgramTextParser

    /// The program, and the parameters that it sets for all cells. Throws `InputError`.
    package static func parse(
        _ root: YAMLReader
    ) throws(InputError) -> (program: ProgramDefinition, parameters: [String: String]) {
        let parser = try ProgramParser(root)
        var parameters: [String: String] = [:]
        if let size = parser.entries["pool_size"] {
            parameters["pool_size"] = try Scenario.checkedParameter(.poolSize, size)
        }
        return (try parser.program(), parameters)
    }

    private init(_ root: YAMLReader) throws(InputError) {
        entries = try root.entries(keys: Self.keys)
        texts = try ProgramTextParser(entries)
    }

    private func program() throws(InputError) -> ProgramDefinition {
        let start = try texts.text(entries.required("start"))
        let trigger = try texts.command(entries.required("trigger"))
        return ProgramDefinition(
            name: try entries["name"]?.text() ?? Self.baseName(start),
            packages: try entries["packages"]?.texts() ?? [], user: try entries["user"]?.text(),
            environment: try environment(), parameters: texts.parameters, files: try files(),
            prepare: try command("prepare"), start: start, ready: try command("ready"),
            load: try command("load"),
            probe: try entries["probe"].map(ProgramProbeParser(texts: texts).parse), trigger: trigger,
            triggers: try entries["triggers"]?.count(in: 1...1000) ?? 1, settle: try command("settle"),
            verify: try command("verify"),
            metrics: try entries["metrics"].map(OwnMetricParser(texts: texts).parse) ?? [],
            stop: try stop(), deadline: texts.deadline)
    }

    private static func baseName(_ command: String) -> String {
        let word = command.split(separator: " ").first.map(String.init) ?? "program"
        return FilePath(word).lastComponent?.string ?? word
    }

    private func command(_ key: String) throws(InputError) -> ProgramDefinition.Command? {
        try entries[key].map(texts.command)
    }

    private func environment() throws(InputError) -> [String: String] {
        var environment: [String: String] = [:]
        for (key, value) in try entries["environment"]?.mapping(keys: nil) ?? [] {
            if key == "LD_PRELOAD" || key.hasPrefix("VMMALLOC_") {
                throw value.error("is set by the cells; vary it under matrix, or fix it under library")
            }
            environment[key] = try texts.text(value)
        }
        return environment
    }

    private func files() throws(InputError) -> [String: String] {
        var files: [String: String] = [:]
        for (key, value) in try entries["files"]?.mapping(keys: nil) ?? [] {
            if key.isEmpty || key.contains("/") || key.hasPrefix(".") {
                throw value.error(
                    "\"\(key)\" is not a file name; give one without slashes: it goes to {scratch}")
            }
            // Other languages use braces too: unknown names stay unchanged.
            files[key] = try value.text()
        }
        return files
    }

    private func stop() throws(InputError) -> ProgramDefinition.Stop {
        guard let entry = entries["stop"] else { return .signal(15) }
        let command = try texts.command(entry)
        guard case .shell(let text) = command.action, text.hasPrefix("SIG") else { return .command(command) }
        guard let signal = Self.signals.first(where: { $0.name == text }) else {
            throw entry.error(Nearest.unknown("signal", text, among: Self.signals.map(\.name)))
        }
        return .signal(signal.number)
    }
}
