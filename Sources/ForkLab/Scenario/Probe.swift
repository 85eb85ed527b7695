/// Something that is sampled while a workload runs: an entry of `probes:` in a scenario.
public struct Probe: Equatable, Sendable {
    /// What can be sampled, by the name that scenarios use.
    public enum Kind: String, CaseIterable, Sendable {
        /// Requests at a fixed rate, each with the time until its answer.
        case latency
        /// Memory and file-system counters, for their peaks.
        case memory

        /// Its settings.
        public var parameters: [WorkloadParameter] {
            switch self {
            case .latency: [WorkloadParameter("rate", .count(1...1_000_000), "1000")]
            case .memory: [WorkloadParameter("interval", .count(1...60_000), "10")]
            }
        }
    }

    /// What is sampled.
    public let kind: Kind
    /// Every setting with its value: that of the scenario, or its default.
    public let settings: [String: String]

    /// Parses the mapping under `probes:`. Throws `InputError` that names line and key.
    static func parse(_ entry: YAMLReader) throws(InputError) -> [Probe] {
        var probes: [Probe] = []
        for (name, value) in try entry.mapping(keys: Kind.allCases.map(\.rawValue)) {
            guard let kind = Kind(rawValue: name) else { continue }
            var settings = Dictionary(
                uniqueKeysWithValues: kind.parameters.map { ($0.name, $0.defaultValue) })
            for (key, setting) in try value.mapping(keys: kind.parameters.map(\.name)) {
                let text = try setting.text()
                let parameter = kind.parameters.first { $0.name == key }
                if let objection = parameter?.objection(to: text) { throw setting.error(objection) }
                settings[key] = text
            }
            probes.append(Probe(kind: kind, settings: settings))
        }
        return probes
    }
}
