/// One thing that doctor looked at: how it stands, what was seen, and what to do about it.
package struct Finding: Codable, Equatable, Sendable {
    /// How it stands.
    package enum State: String, Codable, CaseIterable, Sendable {
        /// As it should be.
        case ok
        /// Better than usual: a mode is cheaper here than elsewhere.
        case helps
        /// Disturbs measurements, or stands in the way of a mode.
        case hurts
        /// Is not there, and something is left out without it.
        case missing
        /// Cannot be told here.
        case unknown
    }

    /// How it stands.
    package let state: State
    /// What was looked at, a few words: "overcommit".
    package let subject: String
    /// What was seen, and what it means.
    package let detail: String
    /// What to do; empty where nothing is to be done.
    package let advice: String

    /// A finding of all its fields.
    init(_ state: State, _ subject: String, _ detail: String, advice: String = "") {
        self.state = state
        self.subject = subject
        self.detail = detail
        self.advice = advice
    }

    /// "hurts    load average   2.1 on 2 processors; stop other programs".
    func line(subjectWidth: Int) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return "  \(padded(state.rawValue, 8)) \(padded(subject, subjectWidth))  \(detail)"
            + (advice.isEmpty ? "" : "; \(advice)")
    }
}
