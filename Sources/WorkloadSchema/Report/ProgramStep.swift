/// A step of a program's trial. The raw value is its name in scenarios, messages and reports.
public enum ProgramStep: String, Codable, CaseIterable, Sendable {
    /// Before the server: makes what it needs.
    case prepare
    /// The server's own command.
    case start
    /// Until the server answers.
    case ready
    /// Fills its heap.
    case load
    /// The probe runs, nothing else happens: before the first trigger, and after each.
    case watch
    /// Makes it fork.
    case trigger
    /// Until the effect of the trigger is over.
    case settle
    /// Checks what it made.
    case verify
    /// Asks for its own numbers.
    case metrics
    /// Ends it.
    case stop
}
