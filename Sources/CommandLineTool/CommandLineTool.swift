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

    /// ArgumentParser's own sentence as one line, and where to read more. What would be right comes from the option's type
    /// (`NumberArgument`, and the table of workloads).
    private static func usageComplaint(_ error: any Error) -> String {
        let subcommands = configuration.subcommands.filter { $0.configuration.shouldDisplay }
            .compactMap { $0.configuration.commandName }
        let given = CommandLine.arguments.dropFirst().first ?? ""
        if !given.isEmpty && !given.hasPrefix("-") && !isSubcommand(given) {
            return "'\(given)' is not a subcommand; give one of \(subcommands.joined(separator: ", "))"
        }
        let complaint = oneLine(message(for: error))
        let page = isSubcommand(given) ? "\(name) \(given)" : name
        let see = ".?".contains(complaint.last ?? " ") ? " See" : "; see"
        return "\(complaint)\(see) '\(page) --help'"
    }

    private static func isSubcommand(_ word: String) -> Bool {
        configuration.subcommands.contains { $0.configuration.commandName == word }
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
