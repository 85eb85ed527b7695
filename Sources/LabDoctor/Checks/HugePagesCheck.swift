import LabProcess

/// Transparent huge pages of anonymous memory, which the references use, and of tmpfs, which pools use.
struct HugePagesCheck: DoctorCheck {
    static let folder = "/sys/kernel/mm/transparent_hugepage"

    func findings(on machine: Machine) -> [Finding] {
        guard let enabled = machine.choice("\(Self.folder)/enabled") else {
            return [Finding(.unknown, "huge pages", "this kernel has none")]
        }
        return [anonymous(enabled), compaction(machine), shared(machine)].compactMap { $0 }
    }

    private func anonymous(_ enabled: String) -> Finding {
        let subject = "huge pages"
        switch enabled {
        case "always":
            return Finding(
                .hurts, subject,
                "always: heaps of the references get them and pools on disk do not, so forks compare unlike",
                advice: "echo madvise > \(Self.folder)/enabled")
        default: return Finding(.ok, subject, "\(enabled), for anonymous memory")
        }
    }

    private func compaction(_ machine: Machine) -> Finding? {
        guard machine.choice("\(Self.folder)/defrag") == "always" else { return nil }
        return Finding(
            .hurts, "huge page defrag", "always: any page fault may stall to compact memory",
            advice: "echo madvise > \(Self.folder)/defrag")
    }

    private func shared(_ machine: Machine) -> Finding? {
        guard let policy = machine.choice("\(Self.folder)/shmem_enabled") else { return nil }
        let subject = "huge pages, tmpfs"
        switch policy {
        case "deny":
            return Finding(
                .hurts, subject, "deny: pools on tmpfs get none, whatever the mount says",
                advice: "echo never > \(Self.folder)/shmem_enabled, which leaves it to the mount")
        case "force": return Finding(.helps, subject, "force: pools on every tmpfs get them")
        default: return Finding(.ok, subject, "the option huge= of the mount decides")
        }
    }
}
