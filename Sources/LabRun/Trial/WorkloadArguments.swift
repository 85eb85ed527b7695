import LabScenario
import WorkloadSchema

extension WorkloadKind {
    /// The arguments that make forklab-workload run with the parameters of `cell`, for at most `timeout`
    /// nanoseconds.
    func arguments(for cell: Cell, seed: UInt64, timeout: UInt64) -> [String] {
        var arguments = [rawValue] + (draws ? ["--seed", "\(seed)"] : [])
        let ignored =
            [WorkloadParameter.usageRate.name] + (isToldPoolSize ? [] : [WorkloadParameter.poolSize.name])
        for parameter in parameters where !ignored.contains(parameter.name) {
            arguments += [parameter.option, cell[parameter.name] ?? defaultValue(of: parameter, in: cell)]
        }
        let hasProbes = parameter("lead") != nil
        return arguments + (hasProbes ? ["--longest-run", "\(timeout / 1_000_000_000 + 1)"] : [])
    }

    /// The default of a parameter in `cell`: `may_fill` is true on a file system that was made to be filled.
    private func defaultValue(of parameter: WorkloadParameter, in cell: Cell) -> String {
        guard parameter.name == WorkloadParameter.mayFill.name else { return parameter.defaultValue }
        let isSmall = cell["file_system"].flatMap(FileSystemName.init)?.isSmall ?? false
        return "\(isSmall)"
    }
}
