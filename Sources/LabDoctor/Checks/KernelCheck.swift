import LabProcess

/// Is the kernel new enough for what the library asks of it?
struct KernelCheck: DoctorCheck {
    /// MREMAP_DONTUNMAP of shared mappings came with 5.13, MADV_POPULATE_WRITE with 5.14.
    private static let oldest = (5, 14)

    func findings(on machine: Machine) -> [Finding] {
        guard let release = machine.line("/proc/sys/kernel/osrelease") else {
            return [
                Finding(
                    .missing, "kernel", "/proc is not mounted, and nothing can be measured without it",
                    advice: "mount it")
            ]
        }
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        guard numbers.count == 2 else { return [Finding(.unknown, "kernel", "Linux \(release)")] }
        guard (numbers[0], numbers[1]) >= Self.oldest else {
            return [
                Finding(
                    .hurts, "kernel", "Linux \(release) is older than 5.14, which the library is written for",
                    advice: "use a newer kernel; mode 1 remaps in time that grows with the heap here")
            ]
        }
        return [Finding(.ok, "kernel", "Linux \(release)")]
    }
}
