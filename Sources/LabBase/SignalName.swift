import Glibc

/// Signals in words.
public enum SignalName {
    /// "signal 11 (Segmentation fault)". Must not be called by several threads at once, as strsignal(3) must not.
    public static func of(_ number: Int32) -> String {
        "signal \(number)" + (strsignal(number).map { " (\(String(cString: $0)))" } ?? "")
    }
}
