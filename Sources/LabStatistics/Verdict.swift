/// The outcome of comparing two samples of a metric: the one judgement that `compare`, `recommend` and every reading of a run use.
package enum Verdict: String, Codable, CaseIterable, Sendable {
    /// The second is better: less time, less memory, a higher rate.
    case better
    /// The second is worse.
    case worse
    /// They differ by less than the minimum effect.
    case same
    /// The samples cannot settle it.
    case inconclusive
}
