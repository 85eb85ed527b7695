/// VMMALLOC_FORK=0: does nothing. Parent and child write to the same pages, as libvmmalloc(7) warns.
enum Disabled: ForkStrategy {
    /// See `ForkStrategy`.
    static func reserveMappings(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}
    /// See `ForkStrategy`.
    static func reserve(_ attempt: inout ForkAttempt, _ source: CopySource) {}
    /// See `ForkStrategy`.
    static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}
    /// See `ForkStrategy`.
    static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}
    /// See `ForkStrategy`.
    static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}
}
