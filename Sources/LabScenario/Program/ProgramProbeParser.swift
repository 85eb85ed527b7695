import LabBase

/// Reads the `probe:` of a program.
struct ProgramProbeParser {
    let texts: ProgramTextParser

    /// The probe that `entry` describes. Throws `InputError`.
    func parse(_ entry: YAMLReader) throws(InputError) -> ProgramDefinition.Probe {
        let keys = ["tcp", "requests", "rate", "connections", "reconnect", "before", "after", "patience"]
        let own = try entry.entries(keys: keys + ProgramTextParser.requestKeys)
        guard let port = own["tcp"] else { throw entry.error("the key \"tcp\" is missing; give \"{port}\"") }
        guard let rate = own["rate"] else {
            throw entry.error("the key \"rate\" is missing; give requests per second")
        }
        if own["requests"] != nil, let double = ProgramTextParser.requestKeys.first(where: { own[$0] != nil })
        {
            throw entry.error("has requests and \(double); give one of the two")
        }
        let requests: [ProgramDefinition.Request]
        if let list = own["requests"] {
            requests = try self.requests(list)
        } else {
            requests = [try texts.request(own)]
        }
        return ProgramDefinition.Probe(
            port: try texts.port(port), requests: requests, rate: try self.rate(rate),
            connections: try own["connections"]?.count(in: 1...64) ?? 1,
            reconnect: try own["reconnect"]?.flag() ?? false,
            before: try own["before"].map(Self.pause) ?? 2_000_000_000,
            after: try own["after"].map(Self.pause) ?? 2_000_000_000,
            patience: try own["patience"].map(ProgramTextParser.duration) ?? 10_000_000_000)
    }

    private func rate(_ entry: YAMLReader) throws(InputError) -> String {
        let text = try texts.text(entry)
        let defaults = texts.parameters.map { ($0.name, $0.defaultValue) }
        let rate = Placeholders(values: Dictionary(uniqueKeysWithValues: defaults)).expand(text)
        guard let number = Double(rate), ProgramDefinition.Probe.rates.contains(number) else {
            throw entry.error(
                "\"\(text)\" is not a rate; give requests per second, above 0, or a parameter in braces")
        }
        return text
    }

    private func requests(_ entry: YAMLReader) throws(InputError) -> [ProgramDefinition.Request] {
        try entry.list().map { one throws(InputError) in
            try texts.request(try one.entries(keys: ProgramTextParser.requestKeys))
        }
    }

    /// A pause in nanoseconds, which may be 0.
    private static func pause(_ entry: YAMLReader) throws(InputError) -> UInt64 {
        try entry.text() == "0" ? 0 : ProgramTextParser.duration(entry)
    }
}
