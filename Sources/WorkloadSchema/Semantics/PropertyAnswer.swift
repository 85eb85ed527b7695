/// What a program found out about one property of fork.
public struct PropertyAnswer: Codable, Equatable, Sendable {
    /// The kinds of answer. The raw value is what expectations ask for.
    public enum Verdict: String, Codable, CaseIterable, Sendable {
        /// As with an ordinary heap.
        case yes
        /// Not so.
        case no
        /// The program, or a child of it, was killed by a signal that was not to be expected.
        case crashed
        /// It, or a child of it, did not end in time.
        case hung
        /// The program could not tell, or what it saw proves nothing: the heap did not lie in the pool, or the
        /// mode did not take effect.
        case undecided
        /// There is nothing to decide here.
        case notApplicable = "not_applicable"
    }

    /// Which property.
    public var property: SemanticProperty
    /// The answer.
    public var verdict: Verdict
    /// What was seen, in words; empty where the answer says it all.
    public var detail: String

    /// An answer of all its fields.
    public init(_ property: SemanticProperty, _ verdict: Verdict, _ detail: String = "") {
        self.property = property
        self.verdict = verdict
        self.detail = detail
    }

    /// "no: the child found 3 of 240 blocks changed".
    public var description: String { verdict.rawValue + (detail.isEmpty ? "" : ": " + detail) }
}
