/// The programs that `forklab compatibility` knows, as `--list` shows them.
package struct CompatibilityListing: Encodable, Sendable {
    /// One program.
    struct Entry: Encodable, Sendable {
        /// The name of its file, without its ending.
        let name: String
        /// What the program does here, in a few words.
        let title: String
        /// The Debian packages that it needs.
        let packages: [String]
        /// Its cases, each run separately; empty if it is run as a whole.
        let cases: [String]
        /// The cases that take only seconds.
        let quickCases: [String]
    }

    /// The programs, by name.
    let programs: [Entry]

    /// Lists `programs`.
    package init(_ programs: [CompatibilityProgram]) {
        self.programs = programs.map { program in
            Entry(
                name: program.name, title: program.title, packages: program.packages,
                cases: program.cases.filter { !$0.isEmpty },
                quickCases: program.quickCases.filter { !$0.isEmpty })
        }
    }

    /// The listing as text for a terminal.
    package var text: String { programs.map { "\($0.name): \($0.title)" }.joined(separator: "\n") }
}
