import LabProcess

/// Causes of varying processor speed.
struct ProcessorCheck: DoctorCheck {
    private static let folder = "/sys/devices/system/cpu"

    func findings(on machine: Machine) -> [Finding] {
        [governor(machine), turbo(machine), hypervisor(machine)].compactMap { $0 }
    }

    private func governor(_ machine: Machine) -> Finding {
        let subject = "CPU governor"
        guard let governor = machine.line("\(Self.folder)/cpu0/cpufreq/scaling_governor") else {
            return Finding(.unknown, subject, "not shown here; in a virtual machine the host decides")
        }
        return governor == "performance"
            ? Finding(.ok, subject, governor)
            : Finding(
                .hurts, subject, "\(governor): short phases run before the clock has risen",
                advice: "cpupower frequency-set -g performance (package linux-cpupower)")
    }

    private func turbo(_ machine: Machine) -> Finding? {
        let switches = [("\(Self.folder)/intel_pstate/no_turbo", 0), ("\(Self.folder)/cpufreq/boost", 1)]
        for (path, on) in switches {
            guard let value = machine.number(path) else { continue }
            return value == on
                ? Finding(
                    .hurts, "turbo", "on: the clock depends on heat and on what other cores do",
                    advice: "echo \(1 - on) > \(path)")
                : Finding(.ok, "turbo", "off")
        }
        return nil
    }

    private func hypervisor(_ machine: Machine) -> Finding? {
        let flags = machine.read("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("flags") }
        guard flags?.split(separator: " ").contains("hypervisor") == true else { return nil }
        return Finding(
            .hurts, "virtual machine",
            "page faults cost more than on bare metal, and vary with the host",
            advice: "read ratios between cells, not times")
    }
}
