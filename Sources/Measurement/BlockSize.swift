/// The blocks that workloads allocate.
public enum BlockSize {
    /// The largest that a list of sizes may name.
    public static let largest = 64 << 20
}
