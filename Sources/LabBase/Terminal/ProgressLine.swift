import Glibc

/// One line on standard error that is rewritten in place on a terminal; elsewhere nothing is shown.
package struct ProgressLine {
    /// Whether standard error is a terminal, so that somebody may be watching.
    var terminal = StandardError.isTerminal
    private let begin = Clock.nanoseconds

    /// A line that is shown only if `terminal`.
    package init(terminal: Bool = StandardError.isTerminal) { self.terminal = terminal }

    /// Replaces the line with `text`.
    package func show(_ text: String) {
        guard terminal else { return }
        StandardError.write("\r\u{1B}[K" + text.prefix(width))
    }

    /// Ends the line: it stays, with `text` and the time since the line was created.
    package func finish(_ text: String) {
        guard terminal else { return }
        StandardError.write(
            "\r\u{1B}[K\(text) in \(Duration.nanoseconds(Clock.nanoseconds - begin).inWords)\n")
    }

    private var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
            ? Int(size.ws_col) - 1 : 79
    }
}
