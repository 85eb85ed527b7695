import LabBase
import LabScenario
import Yams

/// The user's own command, which forks when something triggers it: the `program:` of a scenario, made from options.
package struct OwnCommand: Sendable {
    /// The command and its arguments, as a shell has split them.
    var arguments: [String]
    /// The keys of `program:` that options give, each with its text: "trigger".
    var steps: [(key: String, text: String)]
    /// Its environment variables, each as "NAME=value".
    var environment: [String]

    /// Memberwise initializer.
    package init(
        arguments: [String], steps: [(key: String, text: String)], environment: [String] = []
    ) {
        self.arguments = arguments
        self.steps = steps
        self.environment = environment
    }

    /// The command as a workload. Throws an `InputError` that names the option.
    package func workload() throws(InputError) -> ForkingWorkload {
        guard steps.contains(where: { $0.key == "trigger" }) else {
            throw InputError(
                "--trigger",
                "is missing; give a command that makes \(arguments[0]) fork, or \"true\" if it forks by itself"
            )
        }
        let entry = try entry()
        let reader = YAMLReader(entry, options: ["start": "COMMAND", "environment": "--env"])
        return ForkingWorkload(try ProgramParser.parse(reader).program, entry: entry)
    }

    /// What a scenario file would have under `program:`.
    private func entry() throws(InputError) -> Node {
        var variables: [(Node, Node)] = []
        for text in environment {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw InputError("--env", "\"\(text)\" is not a variable; give NAME=value")
            }
            guard !variables.contains(where: { $0.0.scalar?.string == String(parts[0]) }) else {
                throw InputError("--env", "gives \(parts[0]) twice; drop one")
            }
            variables.append((Node(String(parts[0])), Node(String(parts[1]))))
        }
        let start = arguments.map(ShellWord.quoted).joined(separator: " ")
        var entries = [("start", Node(start))] + steps.map { ($0.key, Node($0.text)) }
        if !variables.isEmpty { entries.append(("environment", Node(variables))) }
        return Node(entries.map { (Node($0.0), $0.1) })
    }
}

/// Quotes words for a shell's command line.
enum ShellWord {
    /// `word`, quoted so that a shell reads it as one word.
    static func quoted(_ word: String) -> String {
        let isPlain = word.allSatisfy { character in
            character.isASCII && (character.isLetter || character.isNumber)
                || "_@%+=:,./-{}".contains(character)
        }
        guard !isPlain || word.isEmpty else { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            + "'"
    }
}
