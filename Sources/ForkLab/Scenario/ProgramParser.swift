import Measurement
import _StringProcessing

/// Reads and checks the `program:` of a scenario.
struct ProgramParser {
    private static let keys = [
        "name", "packages", "user", "pool_size", "environment", "parameters", "files", "prepare", "start",
        "ready", "load", "probe", "trigger", "triggers", "settle", "verify", "metrics", "stop", "deadline",
    ]
    private static let signals: [(name: String, number: Int32)] = [
        ("SIGTERM", 15), ("SIGINT", 2), ("SIGQUIT", 3), ("SIGHUP", 1), ("SIGUSR1", 10), ("SIGUSR2", 12),
        ("SIGKILL", 9),
    ]

    private let root: YAMLReader
    private let entries: [String: YAMLReader]
    /// Names that texts may have in braces.
    private let names: [String]
    private let parameters: [ProgramDefinition.Parameter]
    private let deadline: UInt64

    /// The program, and the parameters that it sets for all cells. Throws `InputError`.
    static func parse(
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
        self.root = root
        entries = Dictionary(
            uniqueKeysWithValues: try root.mapping(keys: Self.keys).map { ($0.key, $0.value) })
        parameters = try Self.parameters(entries["parameters"])
        names = Placeholders.builtIn.map(\.name) + parameters.map(\.name)
        deadline = try entries["deadline"].map(Self.duration) ?? 60_000_000_000
    }

    private static func parameters(
        _ entry: YAMLReader?
    ) throws(InputError) -> [ProgramDefinition.Parameter] {
        let taken = Placeholders.builtIn.map(\.name) + Cell.leadingKeys + LibrarySetting.all.map(\.name)
        return try (entry?.mapping(keys: nil) ?? []).map { key, value throws(InputError) in
            guard Placeholders.isName(key) else {
                throw value.error("\"\(key)\" is not a name; give lower-case letters, digits and underscores")
            }
            guard !taken.contains(key) else { throw value.error("the name is taken; give another one") }
            return ProgramDefinition.Parameter(name: key, defaultValue: try value.text())
        }
    }

    private func program() throws(InputError) -> ProgramDefinition {
        guard let startEntry = entries["start"] else { throw root.error("the key \"start\" is missing") }
        guard let triggerEntry = entries["trigger"] else {
            throw root.error("the key \"trigger\" is missing")
        }
        let start = try text(startEntry)
        return ProgramDefinition(
            name: try entries["name"]?.text() ?? Self.baseName(start),
            packages: try (entries["packages"]?.list() ?? []).map { entry throws(InputError) in
                try entry.text()
            },
            user: try entries["user"]?.text(), environment: try environment(), parameters: parameters,
            files: try files(), prepare: try command("prepare"), start: start, ready: try command("ready"),
            load: try command("load"), probe: try probe(), trigger: try command(triggerEntry),
            triggers: try entries["triggers"]?.count(in: 1...1000) ?? 1, settle: try command("settle"),
            verify: try command("verify"), metrics: try metrics(), stop: try stop(), deadline: deadline)
    }

    private static func baseName(_ command: String) -> String {
        let word = command.split(separator: " ").first ?? "program"
        return String(word.split(separator: "/").last ?? word)
    }

    // MARK: Texts

    /// A text whose placeholders are known.
    private func text(_ entry: YAMLReader) throws(InputError) -> String {
        let text = try entry.text()
        for name in Placeholders.names(in: text) where !names.contains(name) {
            throw entry.error(
                Nearest.unknown("placeholder", name, among: names) + "; write {{\(name)}} for the text itself"
            )
        }
        return text
    }

    private func command(_ key: String) throws(InputError) -> ProgramDefinition.Command? {
        guard let entry = entries[key] else { return nil }
        return try command(entry)
    }

    private func command(_ entry: YAMLReader) throws(InputError) -> ProgramDefinition.Command {
        guard entry.isMapping else {
            return ProgramDefinition.Command(action: .shell(try text(entry)), deadline: deadline)
        }
        let own = try entry.entries(keys: ["command", "tcp"] + Self.requestKeys + ["deadline"])
        let action: ProgramDefinition.Command.Action
        switch (own["command"], own["tcp"]) {
        case (let command?, nil):
            if let stray = Self.requestKeys.first(where: { own[$0] != nil }) {
                throw entry.error("has a command and \(stray), which goes with tcp; give one of the two")
            }
            action = .shell(try text(command))
        case (nil, let port?): action = .tcp(port: try text(port), request: try request(own))
        default: throw entry.error("needs one of the keys \"command\" and \"tcp\"")
        }
        return ProgramDefinition.Command(
            action: action, deadline: try own["deadline"].map(Self.duration) ?? deadline)
    }

    /// Nanoseconds of a time that something may take.
    private static func duration(_ entry: YAMLReader) throws(InputError) -> UInt64 {
        try entry.time(atLeast: "1ms", atMost: "24h").nanoseconds
    }

    /// Nanoseconds of a time in which nothing happens; there may be none.
    private static func pause(_ entry: YAMLReader) throws(InputError) -> UInt64 {
        try entry.text() == "0" ? 0 : duration(entry)
    }

    private func environment() throws(InputError) -> [String: String] {
        var environment: [String: String] = [:]
        for (key, value) in try entries["environment"]?.mapping(keys: nil) ?? [] {
            if key == "LD_PRELOAD" || key.hasPrefix("VMMALLOC_") {
                throw value.error("is what the cells set; vary it under matrix, or fix it under library")
            }
            environment[key] = try text(value)
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
            // Other languages have braces of their own: what is unknown here stays.
            files[key] = try value.text()
        }
        return files
    }

    // MARK: Requests

    private static let requestKeys = ["send", "expect", "end"]

    private func request(_ own: [String: YAMLReader]) throws(InputError) -> ProgramDefinition.Request {
        ProgramDefinition.Request(
            send: try requestText(own["send"]), expect: try requestText(own["expect"]),
            end: try requestText(own["end"]))
    }

    private func requestText(_ entry: YAMLReader?) throws(InputError) -> String {
        guard let entry else { return "" }
        let text = try text(entry)
        // N may be a parameter: any number will do to look at the rest.
        let ones = Placeholders(values: Dictionary(uniqueKeysWithValues: names.map { ($0, "1") }))
        if let objection = RequestText.objection(to: ones.expand(text)) { throw entry.error(objection) }
        return text
    }

    private func probe() throws(InputError) -> ProgramDefinition.Probe? {
        guard let entry = entries["probe"] else { return nil }
        let keys = ["tcp", "requests", "rate", "connections", "reconnect", "before", "after", "patience"]
        let own = try entry.entries(keys: keys + Self.requestKeys)
        guard let port = own["tcp"] else { throw entry.error("the key \"tcp\" is missing; give \"{port}\"") }
        guard let rate = own["rate"] else {
            throw entry.error("the key \"rate\" is missing; give requests a second")
        }
        if own["requests"] != nil, let double = Self.requestKeys.first(where: { own[$0] != nil }) {
            throw entry.error("has requests and \(double); give one of the two")
        }
        let requests: [ProgramDefinition.Request]
        if let list = own["requests"] {
            requests = try self.requests(list)
        } else {
            requests = [try request(own)]
        }
        return ProgramDefinition.Probe(
            port: try text(port), requests: requests, rate: try self.rate(rate),
            connections: try own["connections"]?.count(in: 1...64) ?? 1,
            reconnect: try own["reconnect"]?.flag() ?? false,
            before: try own["before"].map(Self.pause) ?? 2_000_000_000,
            after: try own["after"].map(Self.pause) ?? 2_000_000_000,
            patience: try own["patience"].map(Self.duration) ?? 10_000_000_000)
    }

    private func rate(_ entry: YAMLReader) throws(InputError) -> String {
        let text = try text(entry)
        let defaults = parameters.map { ($0.name, $0.defaultValue) }
        let rate = Placeholders(values: Dictionary(uniqueKeysWithValues: defaults)).expand(text)
        guard let number = Double(rate), ProgramDefinition.Probe.rates.contains(number) else {
            throw entry.error(
                "\"\(text)\" is not a rate; give requests a second, above 0, or a parameter in braces")
        }
        return text
    }

    private func requests(_ entry: YAMLReader) throws(InputError) -> [ProgramDefinition.Request] {
        try entry.list().map { one throws(InputError) in try request(try one.entries(keys: Self.requestKeys))
        }
    }

    // MARK: Numbers and the end

    private func metrics() throws(InputError) -> [ProgramDefinition.OwnMetric] {
        try (entries["metrics"]?.mapping(keys: nil) ?? []).map { key, value throws(InputError) in
            guard Placeholders.isName(key), Metric(name: key) == nil, !key.hasPrefix(Metric.laterPrefix)
            else {
                throw value.error(
                    "is not a name for it; give lower-case letters, digits and underscores, "
                        + "none that forklab has, and none that begins with \(Metric.laterPrefix)")
            }
            let own = try value.entries(keys: ["command", "step", "match", "unit"])
            guard let match = own["match"] else { throw value.error("the key \"match\" is missing") }
            return ProgramDefinition.OwnMetric(
                name: key, source: try source(value, own), match: try expression(match),
                unit: try unit(own["unit"]))
        }
    }

    private func source(
        _ entry: YAMLReader, _ own: [String: YAMLReader]
    ) throws(InputError) -> ProgramDefinition.OwnMetric.Source {
        switch (own["command"], own["step"]) {
        case (let entry?, nil): return .command(try command(entry))
        case (nil, let step?):
            let valid: [ProgramStep] = [.load, .trigger, .settle, .verify]
            let name = try step.text()
            guard let chosen = valid.first(where: { $0.rawValue == name }) else {
                throw step.error(Nearest.unknown("step", name, among: valid.map(\.rawValue)))
            }
            return .step(chosen)
        default: throw entry.error("needs one of the keys \"command\" and \"step\"")
        }
    }

    private func expression(_ entry: YAMLReader) throws(InputError) -> String {
        let text = try entry.text()
        do {
            _ = try Regex(text)
        } catch {
            throw entry.error("\"\(text)\" is not a regular expression: \(error)")
        }
        return text
    }

    private func unit(_ entry: YAMLReader?) throws(InputError) -> OwnUnit {
        guard let entry else { return .count }
        let name = try entry.text()
        guard let unit = OwnUnit(rawValue: name) else {
            throw entry.error(Nearest.unknown("unit", name, among: OwnUnit.allCases.map(\.rawValue)))
        }
        return unit
    }

    private func stop() throws(InputError) -> ProgramDefinition.Stop {
        guard let entry = entries["stop"] else { return .signal(15) }
        let command = try command(entry)
        guard case .shell(let text) = command.action, text.hasPrefix("SIG") else { return .command(command) }
        guard let signal = Self.signals.first(where: { $0.name == text }) else {
            throw entry.error(Nearest.unknown("signal", text, among: Self.signals.map(\.name)))
        }
        return .signal(signal.number)
    }
}

/// The texts of requests: placeholders, and `{random N}` for a number from 0 to N - 1 that each request
/// draws anew.
enum RequestText {
    /// A piece of a request.
    enum Piece: Equatable {
        case text(String)
        case random(below: Int)
    }

    private static let mark = "{random "

    /// The pieces of a text; nil for the last one if its `{random N}` cannot be read.
    static func pieces(of text: String) -> [Piece?] {
        var pieces: [Piece?] = []
        var rest = text[...]
        while let place = rest.firstRange(of: mark) {
            pieces.append(.text(String(rest[..<place.lowerBound])))
            let number = rest[place.upperBound...].prefix { $0 != "}" }
            guard let limit = Int(number), limit > 0, number.endIndex < rest.endIndex else {
                return pieces + [nil]
            }
            pieces.append(.random(below: limit))
            rest = rest[rest.index(after: number.endIndex)...]
        }
        return (pieces + [.text(String(rest))]).filter { $0 != .text("") }
    }

    /// What is wrong with a text; nil if nothing is.
    static func objection(to text: String) -> String? {
        pieces(of: text).contains(nil)
            ? "\"\(text)\" draws no number; write {random N} with N above 0, as in {random 1000}" : nil
    }
}
