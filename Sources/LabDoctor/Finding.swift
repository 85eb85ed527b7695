/// One thing that doctor looked at: its state, what was seen, and what to do about it.
package struct Finding: Codable, Equatable, Sendable {
    /// The state of what was looked at.
    package enum State: String, Codable, CaseIterable, Sendable {
        /// It is as it should be.
        case ok
        /// It is better than usual: a mode is cheaper here than elsewhere.
        case helps
        /// It disturbs measurements, or stands in the way of a mode.
        case hurts
        /// It is not there, so something will be left out.
        case missing
        /// It cannot be determined here.
        case unknown
    }

    /// The state of the subject.
    package let state: State
    /// What was looked at, in a few words: "overcommit".
    package let subject: String
    /// What was seen, and what it means.
    package let detail: String
    /// What to do; empty if there is nothing to do.
    package let advice: String

    /// Memberwise initializer.
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
