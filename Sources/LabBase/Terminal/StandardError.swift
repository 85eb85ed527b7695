import Glibc

/// Standard error, for progress and complaints: standard output is for results.
package enum StandardError {
    /// Whether it is a terminal.
    package static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes a line.
    package static func line(_ text: String) { write(text + "\n") }

    /// Writes `text` unchanged; errors are ignored.
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
