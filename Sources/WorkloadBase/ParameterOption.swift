import ArgumentParser
import WorkloadSchema

extension WorkloadKind {
    /// The default of the parameter `name`, which the workload has, as options take it.
    package func defaultValue<Value: ExpressibleByArgument>(of name: String) -> Value {
        guard let text = parameter(name)?.defaultValue, let value = Value(argument: text) else {
            preconditionFailure("\(rawValue) has no such option: \(name)")
        }
        return value
    }
}

extension Option where Value: ExpressibleByArgument {
    /// The option for the parameter `name` of a workload, with the default that the table of workloads has.
    package init(_ name: String, of kind: WorkloadKind, help: ArgumentHelp) {
        self.init(wrappedValue: kind.defaultValue(of: name), help: help)
    }
}
