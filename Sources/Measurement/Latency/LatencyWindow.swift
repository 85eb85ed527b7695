/// A class of requests, by their place around a fork. The raw value is the name in metrics and reports.
public enum LatencyWindow: String, Codable, CaseIterable, Sendable {
    /// Answered before fork() was called.
    case before
    /// Due before fork() returned and answered after it was called: those that it can have held up.
    case during
    /// Due after fork() returned and while the child lived. After a long stall the first of them still have to wait
    /// for overdue ones.
    case after
    /// Due after the child was gone.
    case afterExit = "after_exit"

    /// The window to which a request belongs.
    public init(of request: LatencyLog.Request, around fork: ForkMoments) {
        if request.done < fork.begin {
            self = .before
        } else if request.due <= fork.end {
            self = .during
        } else if let exit = fork.childExit, request.due > exit {
            self = .afterExit
        } else {
            self = .after
        }
    }
}
