import LabBase

/// What two samples of a metric say of each other. The one judgement that `compare`, `recommend` and every reading of a run use.
package enum Verdict: String, Codable, CaseIterable, Sendable {
    /// The second is better: less time, less memory, a higher rate.
    case faster
    /// The second is worse.
    case slower
    /// They differ by less than the minimum effect.
    case same
    /// The samples do not tell.
    case inconclusive

    /// The word for it where the metric counts `unit`: memory is not slower, but more.
    package func word(_ unit: Quantity.Unit) -> String {
        switch (self, unit) {
        case (.faster, .bytes), (.faster, .perThousand), (.faster, .count), (.faster, .share): "less"
        case (.slower, .bytes), (.slower, .perThousand), (.slower, .count), (.slower, .share): "more"
        default: rawValue
        }
    }
}
