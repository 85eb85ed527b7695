import Glibc

/// One line on standard error that is rewritten on a terminal; nothing elsewhere.
package struct ProgressLine {
    /// Whether a person watches it.
    var terminal = StandardError.isTerminal
    private let begin = Clock.nanoseconds

    /// A line that is shown if `terminal`.
    package init(terminal: Bool = StandardError.isTerminal) { self.terminal = terminal }

    /// Puts `text` in place of what stands there.
    package func show(_ text: String) {
        guard terminal else { return }
        StandardError.write("\r\u{1B}[K" + text.prefix(width))
    }

    /// The work is over: `text` and the time since the line was made stay.
    package func finish(_ text: String) {
        guard terminal else { return }
        StandardError.write(
            "\r\u{1B}[K\(text) in \(TimeSpan(nanoseconds: Clock.nanoseconds - begin))\n")
    }

    private var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
            ? Int(size.ws_col) - 1 : 79
    }
}
