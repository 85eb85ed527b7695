import Glibc

/// Signals in words.
public enum SignalName {
    /// "signal 11 (Segmentation fault)". Not safe for several threads at once.
    public static func of(_ number: Int32) -> String {
        "signal \(number)" + (strsignal(number).map { " (\(String(cString: $0)))" } ?? "")
    }
}
