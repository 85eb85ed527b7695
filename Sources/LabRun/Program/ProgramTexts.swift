import LabScenario

/// The texts of a program with the values of their placeholders, which grow as the trial goes on.
struct ProgramTexts {
    private var values: [String: String]

    /// Texts in which these placeholders have values.
    init(_ values: [String: String]) { self.values = values }

    /// The value of a placeholder.
    subscript(name: String) -> String? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// `text` as it is meant.
    func expand(_ text: String) -> String { Placeholders(values: values).expand(text) }

    /// A step as it is meant.
    func expand(_ command: ProgramDefinition.Command) -> ProgramDefinition.Command {
        var command = command
        switch command.action {
        case .shell(let text): command.action = .shell(expand(text))
        case .tcp(let port, let request): command.action = .tcp(port: expand(port), request: expand(request))
        }
        return command
    }

    /// A request as it is meant.
    func expand(_ request: ProgramDefinition.Request) -> ProgramDefinition.Request {
        ProgramDefinition.Request(
            send: expand(request.send), expect: expand(request.expect), end: expand(request.end))
    }
}
