/// Sizes of the blocks that workloads allocate.
public enum BlockSize {
    /// The largest size that a list may name, bytes.
    public static let largest = 64 << 20
}
