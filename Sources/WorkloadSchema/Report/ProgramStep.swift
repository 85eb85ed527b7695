/// A step of a program's trial. The raw value is its name in scenarios, messages and reports.
public enum ProgramStep: String, Codable, CaseIterable, Sendable {
    /// Runs before the server and makes what it needs.
    case prepare
    /// Starts the server.
    case start
    /// Waits until the server answers.
    case ready
    /// Fills the server's heap.
    case load
    /// Only the probe runs: before the first trigger, and after each.
    case watch
    /// Makes the server fork.
    case trigger
    /// Waits until the effect of the trigger is over.
    case settle
    /// Checks the result.
    case verify
    /// Asks for the program's own numbers.
    case metrics
    /// Ends the server.
    case stop
}
