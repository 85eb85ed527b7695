import ArgumentParser
import LabBase
import LabRecommend

/// The options of `recommend` that say what forks may cost and what they must preserve.
struct LimitOptions: ParsableArguments {
    @Option(help: "Longest time that a fork may hold up its caller: 5ms, 0.5ms, 2s (default: any).")
    var maxStall: String?

    @Option(help: "RAM that forks may take beside the program (default: what is available).")
    var spareMemory: String?

    @Option(
        help:
            "File-system space that you keep free for forks, beside the pool (default: what is free now, with no promise)."
    )
    var spareSpace: String?

    @Flag(help: "Other threads write while one forks, and the child reads what they write.")
    var threadsWrite = false

    @Option(
        help:
            "With --threads-write: what must show one moment in the child, process (all memory) or heap (the heap by itself) (default: process)."
    )
    var oneMoment: String?

    @Option(help: "What decides among the modes within the limits: stall, writes (after a fork) or memory.")
    var prefer: String = "stall"

    /// The limits, checked. Throws an `InputError` that names the option.
    func parse() throws(InputError) -> Limits {
        var limits = Limits()
        if let maxStall {
            let time = try OptionText.time(maxStall, option: "--max-stall")
            limits.stall = Limits.Bound(Double(time.nanoseconds), option: "--max-stall")
        }
        limits.memory = try Self.bound(spareMemory, option: "--spare-memory")
        limits.space = try Self.bound(spareSpace, option: "--spare-space")
        let snapshots: [Limits.Snapshot] = [.heap, .process]
        let moment = try oneMoment.map { text throws(InputError) in
            try OptionText.choice(text, of: snapshots, option: "--one-moment")
        }
        guard moment == nil || threadsWrite else {
            throw InputError("--one-moment", "means nothing without --threads-write; give both, or neither")
        }
        limits.snapshot = threadsWrite ? moment ?? .process : .none
        limits.goal = try OptionText.choice(prefer, of: Limits.Goal.allCases, option: "--prefer")
        return limits
    }

    private static func bound(_ text: String?, option: String) throws(InputError) -> Limits.Bound? {
        guard let text else { return nil }
        return Limits.Bound(Double(try OptionText.size(text, option: option)), option: option)
    }
}
