import LabBase
import LabMetrics
import WorkloadSchema
import _StringProcessing

/// Reads the `metrics:` of a program: numbers that it reports about itself.
struct OwnMetricParser {
    let texts: ProgramTextParser

    /// The metrics that the mapping `entry` names. Throws `InputError`.
    func parse(_ entry: YAMLReader) throws(InputError) -> [ProgramDefinition.OwnMetric] {
        try entry.mapping(keys: nil).map { key, value throws(InputError) in
            guard Placeholders.isName(key), Metric(name: key) == nil, !key.hasPrefix(Metric.laterPrefix)
            else {
                throw value.error(
                    "is not a name for it; give lower-case letters, digits and underscores, "
                        + "none that forklab has, and none that begins with \(Metric.laterPrefix)")
            }
            let own = try value.entries(keys: ["command", "step", "match", "unit"])
            return ProgramDefinition.OwnMetric(
                name: key, source: try source(value, own), match: try expression(own.required("match")),
                unit: try unit(own["unit"]))
        }
    }

    private func source(
        _ entry: YAMLReader, _ own: YAMLMapping
    ) throws(InputError) -> ProgramDefinition.OwnMetric.Source {
        switch (own["command"], own["step"]) {
        case (let entry?, nil): return .command(try texts.command(entry))
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
}
