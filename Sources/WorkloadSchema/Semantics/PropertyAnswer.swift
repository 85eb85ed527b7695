/// A program's answer about one property of fork.
public struct PropertyAnswer: Codable, Equatable, Sendable {
    /// The kinds of answer. The raw value is what expectations ask for.
    public enum Verdict: String, Codable, CaseIterable, Sendable {
        /// As with an ordinary heap.
        case yes
        /// Not as with an ordinary heap.
        case no
        /// The program or one of its children was killed by an unexpected signal.
        case crashed
        /// The program or one of its children did not end in time.
        case hung
        /// The program could not tell, or its outcome proves nothing: the heap did not lie in the pool, or the
        /// mode did not take effect.
        case undecided
        /// There is nothing to decide here.
        case notApplicable = "not_applicable"
    }

    /// The property in question.
    public var property: SemanticProperty
    /// The answer.
    public var verdict: Verdict
    /// What was seen, in words; empty if the answer says it all.
    public var detail: String

    /// Memberwise initializer.
    public init(_ property: SemanticProperty, _ verdict: Verdict, _ detail: String = "") {
        self.property = property
        self.verdict = verdict
        self.detail = detail
    }

    /// "no: the child found 3 of 240 blocks changed".
    public var description: String { verdict.rawValue + (detail.isEmpty ? "" : ": " + detail) }
}
