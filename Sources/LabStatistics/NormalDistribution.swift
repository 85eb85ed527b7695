import Glibc

/// The standard normal distribution.
enum NormalDistribution {
    /// The probability of a value up to `z`.
    static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

    /// The value that is not exceeded with `probability`, which must lie strictly between 0 and 1.
    ///
    /// Newton's method from 0, the inflection point of the distribution: from there it approaches the root from one side only.
    static func quantile(_ probability: Double) -> Double {
        var z = 0.0
        for _ in 0..<200 {
            let density = exp(-0.5 * z * z) / (2 * Double.pi).squareRoot()
            let step = (cumulative(z) - probability) / density
            z -= step
            if abs(step) < 1e-14 * max(1, abs(z)) { break }
        }
        return z
    }
}
