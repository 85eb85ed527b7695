import Glibc
import LabBase
import Measurement

/// Measures how long other threads of a forking process are held up: two threads that do a little work at fixed times.
/// One allocates, writes and frees, the other only computes.
enum StallProbe {
    /// Starts both, each with `rate` requests per second, for at most `longestRun` seconds; none if the rate is 0.
    static func start(rate: Int, longestRun: Int) throws(SystemCallError) -> [ProbeGroup] {
        guard rate > 0 else { return [] }
        let allocating = ProbeGroup(
            LatencyProfile.allocatingThread, rate: Double(rate), longestRun: longestRun)
        try allocating.start { _ in
            var random = SeededGenerator(seed: 1)
            var kept: UnsafeMutableRawPointer?
            return { _ in
                let number = random.next()
                free(kept)
                kept = malloc(16 + Int(number % 497))
                kept?.storeBytes(of: number, as: UInt64.self)
                return kept != nil
            }
        }
        let computing = ProbeGroup(LatencyProfile.computingThread, rate: Double(rate), longestRun: longestRun)
        try computing.start { _ in
            var random = SeededGenerator(seed: 1)
            return { _ in
                var sum: UInt64 = 0
                for _ in 0..<64 { sum &+= random.next() }
                return sum != 1
            }
        }
        return [allocating, computing]
    }
}
