import ArgumentParser
import WorkloadSchema

extension WorkloadKind {
    /// The default of the parameter `name`, which the workload has, as options take it.
    package func defaultValue<Value: ExpressibleByArgument>(of name: String) -> Value {
        guard let value = Value(argument: tableRow(name).defaultValue) else {
            preconditionFailure("the default of \(name) is no \(Value.self)")
        }
        return value
    }

    /// The value of the parameter `name`, which the workload has. Throws `ValidationError`, with what would be right, for a text that
    /// the table of workloads does not allow.
    package func value<Value: ExpressibleByArgument>(of name: String, _ text: String) throws -> Value {
        let parameter = tableRow(name)
        guard parameter.objection(to: text) == nil, let value = Value(argument: text) else {
            throw ValidationError(parameter.advice)
        }
        return value
    }

    fileprivate func tableRow(_ name: String) -> WorkloadParameter {
        guard let parameter = parameter(name) else {
            preconditionFailure("\(rawValue) has no such option: \(name)")
        }
        return parameter
    }
}

extension Option where Value: ExpressibleByArgument {
    /// The option for the parameter `name` of a workload, with the default and the range that the table of workloads has.
    package init(_ name: String, of kind: WorkloadKind, help: ArgumentHelp) {
        // An option that transforms its text shows no default by itself.
        var help = help
        help.abstract += " (default: \(kind.tableRow(name).defaultValue))"
        self.init(
            wrappedValue: kind.defaultValue(of: name), help: help,
            transform: { try kind.value(of: name, $0) })
    }
}
