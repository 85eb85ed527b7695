/// VMMALLOC_FORK=0: nothing. Parent and child write the same pages, as libvmmalloc(7) warns.
public enum Disabled: ForkStrategy {
    /// See `ForkStrategy`.
    public static func reserveMappings(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}
    /// See `ForkStrategy`.
    public static func reserve(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}
    /// See `ForkStrategy`.
    public static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}
    /// See `ForkStrategy`.
    public static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}
    /// See `ForkStrategy`.
    public static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}
}
