/// What the user asked of the debug build, but for where the log goes. In the release build these variables have no effect.
///
/// Source: libvmmalloc(7), DEBUGGING. The refusal of nonsense is ours.
public struct DebugSettings {
    /// VMMALLOC_LOG_LEVEL.
    public var level = LogLevel.none
    /// VMMALLOC_LOG_STATS.
    public var wantsStatistics = false

    /// Reads and checks every variable; the first that is wrong is thrown as the line to print.
    public static func read(from environment: Environment) throws(ConfigurationError) -> DebugSettings {
        DebugSettings(
            level: try environment.choice(
                "VMMALLOC_LOG_LEVEL", default: .none, "use 0, 1, 2, 3 or 4", LogLevel.init(digit:)),
            wantsStatistics: try environment.choice(
                "VMMALLOC_LOG_STATS", default: false, "use 0 or 1",
                { text in CString.digit(text).flatMap { $0 < 2 ? $0 == 1 : nil } }))
    }
}
