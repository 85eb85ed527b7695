@testable import LabRecommend
@testable import Measurement

/// Makes measurements as trials would.
extension CandidateMeasurement {
    /// A measurement in milliseconds and MiB; each number is the middle of five trials with the given `spread`.
    static func of(
        _ mode: ForkMode, _ forkSpace: Candidate.ForkSpace? = nil,
        copier: ForkAccount.Copier = .parent, stall: Double? = 1, memory: Double? = 1,
        space: Double? = 1, writes: Double? = 1, torn: Double? = nil, spread: Double = 0.02, trials: Int = 5,
        actions: [ForkAccount.Action]? = nil, broken: [String] = [], obstacle: String? = nil
    ) -> CandidateMeasurement {
        func summary(_ middle: Double?, _ unit: Double) -> Estimate? {
            middle.flatMap { middle in
                Estimate(
                    (0..<trials).map { trial in
                        let place = trials == 1 ? 0 : Double(trial) / Double(trials - 1) * 2 - 1
                        return (middle * unit * (1 + spread * place)).rounded()
                    })
            }
        }
        let usual: [ForkAccount.Action] =
            mode == .privateRemap
            ? [.remap, .none]
            : (copier == .child ? [.deferred] : []) + [forkSpace == nil ? .copyFileRange : .reflink]
        return CandidateMeasurement(
            Candidate(mode, forkSpace: forkSpace, copier: copier), trials: trials, stall: summary(stall, 1e6),
            memory: summary(memory, 1_048_576), space: summary(space, 1_048_576),
            writes: summary(writes, 1e6),
            torn: summary(torn, 1), actions: actions ?? usual, broken: broken, obstacle: obstacle)
    }

    /// A typical machine without reflink: mode 1 stalls for 0.4 ms and takes 32 MiB of RAM, a copy 80 ms and
    /// 160 MiB of space; one that the child makes stalls as mode 1 does, and takes both.
    static let usual = [
        of(.privateRemap, stall: 0.4, memory: 32, space: 0, writes: 7.7),
        of(.poolCopy, stall: 80, memory: 1, space: 160, writes: 1.1),
        of(.copyOrRemap, stall: 80, memory: 1, space: 160, writes: 1.1),
        of(.poolCopy, copier: .child, stall: 0.4, memory: 32, space: 160, writes: 7.7),
    ]

    /// The same with reflink, where strict makes a full copy.
    static let reflink = [
        of(.privateRemap, stall: 0.4, memory: 32, space: 0, writes: 7.7),
        of(.poolCopy, .overcommit, stall: 24, memory: 1, space: 160, writes: 7),
        of(.copyOrRemap, .overcommit, stall: 24, memory: 1, space: 160, writes: 7),
        of(.poolCopy, .strict, stall: 80, memory: 1, space: 160, writes: 1.1, actions: [.copyFileRange]),
        of(.copyOrRemap, .strict, stall: 80, memory: 1, space: 160, writes: 1.1, actions: [.copyFileRange]),
        of(.poolCopy, .overcommit, copier: .child, stall: 0.4, memory: 32, space: 160, writes: 7.7),
        of(.poolCopy, .strict, copier: .child, stall: 0.4, memory: 32, space: 160, writes: 7.7),
    ]
}

extension Limits {
    /// Limits in milliseconds and MiB, as options would set them.
    static func of(
        stall: Double? = nil, memory: Double? = nil, space: Double? = nil, snapshot: Snapshot = .none,
        goal: Goal = .stall
    ) -> Limits {
        Limits(
            stall: stall.map { Bound($0 * 1e6, option: "--max-stall") },
            memory: memory.map { Bound($0 * 1_048_576, option: "--spare-memory") },
            space: space.map { Bound($0 * 1_048_576, option: "--spare-space") }, snapshot: snapshot,
            goal: goal)
    }
}
