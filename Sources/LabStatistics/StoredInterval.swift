import Synchronization

/// The interval of a median, computed when first asked for, and kept: 9,999 resamples are too many to draw twice, and most
/// summaries are never asked.
final class StoredInterval: Sendable {
    private let known = Mutex<Interval?>(nil)

    /// The interval of the median of `values`, which are the same at each call. Safe in any thread.
    func interval(of values: [Double]) -> Interval {
        known.withLock { known in
            let interval = known ?? Bootstrap.standard.medianInterval(of: values)
            known = interval
            return interval
        }
    }
}
