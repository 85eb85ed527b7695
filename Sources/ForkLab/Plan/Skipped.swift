/// Something that a scenario asks for and that is not to be had here.
public struct Skipped: Codable, Equatable, Sendable {
    /// The key and value that go unmeasured: "file_system=xfs", "reference=jemalloc".
    public let what: String
    /// Why, and what would help.
    public let reason: String

    /// "file_system=xfs: skipped: ...".
    public var description: String { "\(what): skipped: \(reason)" }
}
