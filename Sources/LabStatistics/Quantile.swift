/// Quantiles of samples.
package enum Quantile {
    /// The value that a share `quantile` (0 to 1) of the sorted values does not exceed, interpolated linearly: type 7 of
    /// Hyndman and Fan (1996), the default of R and numpy. `sorted` must not be empty.
    package static func of(_ sorted: [Double], _ quantile: Double) -> Double {
        let position = quantile * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }

    /// The median of `values`, in any order; nil if there are none.
    package static func median(of values: [Double]) -> Double? {
        values.isEmpty ? nil : of(values.sorted(), 0.5)
    }
}
