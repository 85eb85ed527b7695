import ArgumentParser
import Glibc

/// A program with subcommands whose every complaint is one line on standard error, with exit status 2.
///
/// ArgumentParser by itself prints errors over several lines, including the usage, and picks the status by the kind
/// of error.
public protocol CommandLineTool: ParsableCommand {}

extension CommandLineTool {
    /// Parses and runs; help and version go to standard output with status 0.
    public static func main() {
        do {
            var command = try parseAsRoot(argumentsWithNegativeNumbers)
            try command.run()
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            let status = exitCode(for: error)
            if status == .success { exit(withError: error) }
            let complaint = status == .validationFailure ? usageComplaint(error) : "\(error)"
            let line = Array("\(name): \(complaint)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            Glibc.exit(2)
        }
    }

    /// The arguments, with "--trials -3" rewritten as "--trials=-3": ArgumentParser takes anything that begins with a dash for an
    /// option, and then says that the value is missing.
    private static var argumentsWithNegativeNumbers: [String] {
        let arguments = CommandLine.arguments.dropFirst()
        let own = arguments.prefix { $0 != "--" }
        var joined: [String] = []
        for argument in own {
            let isNegative = argument.hasPrefix("-") && argument.dropFirst().first?.isWholeNumber == true
            if isNegative, let option = joined.last, option.hasPrefix("--"), !option.contains("=") {
                joined[joined.count - 1] = "\(option)=\(argument)"
            } else {
                joined.append(argument)
            }
        }
        return joined + arguments[own.endIndex...]
    }

    private static var name: String { configuration.commandName ?? "\(Self.self)" }

    /// Says what was wrong on the command line, what would be right, and where to read more.
    private static func usageComplaint(_ error: any Error) -> String {
        let subcommands = configuration.subcommands.filter { $0.configuration.shouldDisplay }
            .compactMap { $0.configuration.commandName }
        let given = CommandLine.arguments.dropFirst().first ?? ""
        if !given.isEmpty && !given.hasPrefix("-") && !isSubcommand(given) {
            return "'\(given)' is not a subcommand; give one of \(subcommands.joined(separator: ", "))"
        }
        var complaint = oneLine(message(for: error))
        // "Help:  --output <output>  Directory for the results." follows if a value is wrong or missing. It is
        // left out if the message ends with a reason instead of the name of the option.
        let help = fullMessage(for: error).split(separator: "\n").first { $0.hasPrefix("Help:") }
        if complaint.hasSuffix("'"), let meaning = help?.split(separator: "  ", maxSplits: 2).last {
            complaint += ": \(advice(on: complaint, to: given) ?? oneLine(String(meaning)))"
        }
        let page = isSubcommand(given) ? "\(name) \(given)" : name
        let see = ".?".contains(complaint.last ?? " ") ? " See" : "; see"
        return "\(complaint)\(see) '\(page) --help'"
    }

    /// The kind of value that the option takes with which a complaint such as "... is invalid for '--hold <hold>'" ends.
    private static func advice(on complaint: String, to subcommand: String) -> String? {
        guard complaint.contains(" is invalid for '"),
            let option = complaint.split(separator: "'").last,
            let command = command(named: subcommand)
        else { return nil }
        return DefaultValue(of: String(option), in: helpMessage(for: command)).flatMap(\.advice)
    }

    private static func isSubcommand(_ word: String) -> Bool { command(named: word) != nil }

    private static func command(named name: String) -> (any ParsableCommand.Type)? {
        configuration.subcommands.first { $0.configuration.commandName == name }
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
