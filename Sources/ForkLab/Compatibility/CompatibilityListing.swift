/// The programs that `forklab compatibility` knows: what `--list` shows.
public struct CompatibilityListing: Encodable, Sendable {
    /// One program.
    public struct Entry: Encodable, Sendable {
        /// The name of its file, without its ending.
        public let name: String
        /// What it does here, in a few words.
        public let title: String
        /// The Debian packages that it needs.
        public let packages: [String]
        /// Its parts, each run apart; none if it is run as a whole.
        public let cases: [String]
        /// The cases that take seconds.
        public let quickCases: [String]
    }

    /// The programs, by name.
    public let programs: [Entry]

    /// Lists `programs`.
    public init(_ programs: [CompatibilityProgram]) {
        self.programs = programs.map { program in
            Entry(
                name: program.name, title: program.title, packages: program.packages,
                cases: program.cases.filter { !$0.isEmpty },
                quickCases: program.quickCases.filter { !$0.isEmpty })
        }
    }

    /// For a terminal.
    public var text: String { programs.map { "\($0.name): \($0.title)" }.joined(separator: "\n") }
}
