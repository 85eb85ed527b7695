/// What two samples of a metric say of each other. The one judgement that `compare`, `recommend` and every reading of a run use.
package enum Verdict: String, Codable, CaseIterable, Sendable {
    /// The second is better: less time, less memory, a higher rate.
    case better
    /// The second is worse.
    case worse
    /// They differ by less than the minimum effect.
    case same
    /// The samples do not tell.
    case inconclusive
}
