/// How many forks of this process took which action, and how much they copied.
public struct ForkTally {
    private var counts = InlineArray<9, UInt64>(repeating: 0)
    /// Bytes written or moved by copies.
    public private(set) var bytesCopied: UInt64 = 0

    /// The number of forks that took this action.
    public func count(of action: ForkReport.Action) -> UInt64 { counts[Int(action.rawValue)] }

    /// The number of all forks, including refused ones.
    public var total: UInt64 {
        var sum: UInt64 = 0
        for index in counts.indices { sum &+= counts[index] }
        return sum
    }

    mutating func note(_ report: ForkReport) {
        counts[Int(report.action.rawValue)] &+= 1
        bytesCopied &+= report.bytesCopied
    }
}
