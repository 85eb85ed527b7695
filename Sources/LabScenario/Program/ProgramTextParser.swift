import LabBase

/// Reads the values that occur throughout a `program:`: texts with placeholders, times, commands and requests.
struct ProgramTextParser {
    /// The parameters that the scenario declares.
    let parameters: [ProgramDefinition.Parameter]
    /// The names that texts may contain in braces.
    let names: [String]
    /// Nanoseconds that a command without its own deadline may take.
    let deadline: UInt64

    /// A parser for the program with these entries. Throws `InputError`.
    init(_ entries: YAMLMapping) throws(InputError) {
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

    /// A text, all of whose placeholders are known. Throws `InputError`.
    func text(_ entry: YAMLReader) throws(InputError) -> String {
        let text = try entry.text()
        for name in Placeholders.names(in: text) where !names.contains(name) {
            throw entry.error(
                Nearest.unknown("placeholder", name, among: names) + "; write {{\(name)}} for the text itself"
            )
        }
        return text
    }

    /// A time limit in nanoseconds. Throws `InputError`.
    static func duration(_ entry: YAMLReader) throws(InputError) -> UInt64 {
        try entry.time(atLeast: "1ms", atMost: "24h").nanoseconds
    }

    // MARK: Commands and requests

    /// A line for the shell, or a mapping with a command or a request and a deadline. Throws `InputError`.
    func command(_ entry: YAMLReader) throws(InputError) -> ProgramDefinition.Command {
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
        case (nil, let port?): action = .tcp(port: try self.port(port), request: try request(own))
        default: throw entry.error("needs one of the keys \"command\" and \"tcp\"")
        }
        return ProgramDefinition.Command(
            action: action, deadline: try own["deadline"].map(Self.duration) ?? deadline)
    }

    /// A port number, or a text whose placeholders become one in a trial. Throws `InputError`.
    func port(_ entry: YAMLReader) throws(InputError) -> String {
        let text = try text(entry)
        guard !Placeholders.names(in: text).isEmpty || UInt16(text).map({ $0 > 0 }) == true else {
            throw entry.error("\"\(text)\" is not a port; give a number from 1 to 65535, or \"{port}\"")
        }
        return text
    }

    /// The keys of a request.
    static let requestKeys = ["send", "expect", "end"]

    /// A request: what is sent, and what must come back. Throws `InputError`.
    func request(_ own: YAMLMapping) throws(InputError) -> ProgramDefinition.Request {
        ProgramDefinition.Request(
            send: try requestText(own["send"]), expect: try requestText(own["expect"]),
            end: try requestText(own["end"]))
    }

    private func requestText(_ entry: YAMLReader?) throws(InputError) -> String {
        guard let entry else { return "" }
        let text = try text(entry)
        // N may be a parameter: any number will do for checking the rest.
        let ones = Placeholders(values: Dictionary(uniqueKeysWithValues: names.map { ($0, "1") }))
        if let objection = RequestText.objection(to: ones.expand(text)) { throw entry.error(objection) }
        return text
    }
}
