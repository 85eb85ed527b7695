import LabBase
import WorkloadSchema

/// Something that is sampled while a built-in workload runs: an entry of `probes:` in a scenario.
///
/// A probe's settings are parameters of the workload, so that a matrix may vary them too.
enum Probe: String, CaseIterable {
    /// Requests to the workload's store at a fixed rate, each timed from when it was due.
    case latency
    /// Extra threads beside the workload that check whether they are held up.
    case stall
    /// Memory of the machine and space of the pool's file system, over time.
    case usage

    /// The probe's settings, each with the workload parameter that it sets.
    private var settings: [(name: String, parameter: String)] {
        switch self {
        case .latency: [("rate", "rate"), ("lead", "lead")]
        case .stall: [("rate", "stall_rate"), ("lead", "lead")]
        case .usage: [("rate", WorkloadParameter.usageRate.name)]
        }
    }

    /// The parameters that the mapping under `probes:` sets. Throws an `InputError` that names line and key.
    static func parse(_ entry: YAMLReader?, workload: Workload) throws(InputError) -> [String: String] {
        guard let entry else { return [:] }
        if case .program = workload {
            throw entry.error("a program has its probe under program; move it there")
        }
        let known = allCases.filter { probe in
            probe.settings.allSatisfy { workload.parameter($0.parameter) != nil }
        }
        var parameters: [String: String] = [:]
        for (name, value) in try entry.mapping(keys: allCases.map(\.rawValue)) {
            guard let probe = Probe(rawValue: name) else { continue }
            guard known.contains(probe) else {
                throw value.error("the workload \(workload.name) has no such probe; \(list(known))")
            }
            for (setting, text) in try value.mapping(keys: probe.settings.map(\.name)) {
                let parameter = probe.settings.first { $0.name == setting }?.parameter ?? setting
                let checked = try Scenario.checkedParameter(workload.parameter(parameter), text)
                guard (parameters.updateValue(checked, forKey: parameter) ?? checked) == checked else {
                    throw text.error("differs from that of another probe; give both the same")
                }
            }
        }
        return parameters
    }

    private static func list(_ probes: [Probe]) -> String {
        probes.isEmpty ? "drop it" : "it has \(probes.map(\.rawValue).joined(separator: ", "))"
    }
}
