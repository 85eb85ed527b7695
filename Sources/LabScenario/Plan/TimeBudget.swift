import LabBase

/// Ends a run before it exceeds the user's time.
///
/// It stops before a pass that would exceed the budget, so that every cell has equally many trials. Only if
/// not even the first measured pass fits, or a pass takes longer than its predecessors, does it stop within one.
package struct TimeBudget {
    private let limit: Duration?
    private var pass: Int?

    /// A budget of length `limit`; nil for no limit.
    package init(_ limit: Duration?) { self.limit = limit }

    /// Whether the first of `steps` may begin, `elapsed` nanoseconds after the run began.
    package mutating func allows(_ steps: ArraySlice<Plan.Step>, elapsed: UInt64, times: TrialTimes)
        -> Bool
    {
        guard let limit = limit?.nanoseconds, let next = steps.first else { return true }
        defer { pass = next.trial }
        if pass != next.trial && next.trial > 1 {
            return elapsed + times.expected(steps.prefix { $0.trial == next.trial }) <= limit
        }
        return elapsed + times.expected([next]) <= limit
    }
}
