/// Finds values far from the others, by modified z-scores.
///
/// Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993): the distance from the median divided by the median absolute
/// deviation (MAD). The threshold is that of hyperfine, ten standard deviations of a normal distribution, not their 3.5: times
/// have long tails, and only disturbed trials are to be named.
package enum OutlierDetection {
    /// A value further than this from the median, in standard deviations, is an outlier.
    package static let threshold = 10.0
    /// Factor from the MAD of normal values to their standard deviation.
    private static let madToDeviation = 1.4826
    /// Factor from the mean absolute deviation of normal values to their standard deviation.
    private static let meanToDeviation = 1.2533

    /// The distance of each value from the median, in standard deviations estimated from the MAD, or from the mean absolute
    /// deviation if more than half of the values are equal, as Iglewicz and Hoaglin advise.
    package static func scores(_ values: [Double]) -> [Double] {
        guard let median = Quantile.median(of: values) else { return [] }
        let distances = values.map { abs($0 - median) }
        let mad = Quantile.median(of: distances) ?? 0
        let mean = distances.reduce(0, +) / Double(distances.count)
        let deviation = mad > 0 ? madToDeviation * mad : meanToDeviation * mean
        return distances.map { deviation > 0 ? $0 / deviation : 0 }
    }
}
