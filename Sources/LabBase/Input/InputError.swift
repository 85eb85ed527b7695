/// An error in something that the user gave: where, what, and what would be right, in one line.
package struct InputError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file and its line, "quickstart.yaml:12"; or an option, "--trials"; or a file alone.
    package let place: String
    /// What was wrong and what would be right.
    package let problem: String

    /// An error at `place`.
    package init(_ place: String, _ problem: String) {
        self.place = place
        self.problem = problem
    }

    /// "quickstart.yaml:12: matrix.mode: ...".
    package var description: String { "\(place): \(problem)" }
}
