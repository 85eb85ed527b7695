import LabScenario

/// Expands the texts of a program with the values of placeholders, which are added as the trial goes on.
struct ProgramTexts {
    private var values: [String: String]

    /// Starts with these values of placeholders.
    init(_ values: [String: String]) { self.values = values }

    /// The value of a placeholder.
    subscript(name: String) -> String? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// Expands the placeholders in `text`.
    func expand(_ text: String) -> String { Placeholders(values: values).expand(text) }

    /// Expands the placeholders in a step.
    func expand(_ command: ProgramDefinition.Command) -> ProgramDefinition.Command {
        var command = command
        switch command.action {
        case .shell(let text): command.action = .shell(expand(text))
        case .tcp(let port, let request): command.action = .tcp(port: expand(port), request: expand(request))
        }
        return command
    }

    /// Expands the placeholders in a request.
    func expand(_ request: ProgramDefinition.Request) -> ProgramDefinition.Request {
        ProgramDefinition.Request(
            send: expand(request.send), expect: expand(request.expect), end: expand(request.end))
    }
}
