/// Something that a scenario asks for and that is not available here.
package struct Skipped: Codable, Equatable, Sendable {
    /// The key and value that go unmeasured: "file_system=xfs", "reference=jemalloc".
    package let what: String
    /// Why, and what would help.
    package let reason: String

    /// Records that `what` goes unmeasured because of `reason`.
    package init(what: String, reason: String) {
        self.what = what
        self.reason = reason
    }

    /// "file_system=xfs: skipped: ...".
    package var description: String { "\(what): skipped: \(reason)" }
}
