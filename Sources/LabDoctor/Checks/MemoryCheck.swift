import LabBase
import LabProcess

/// RAM, swap and the limit of the cgroup.
struct MemoryCheck: DoctorCheck {
    func findings(on machine: Machine) -> [Finding] {
        [memory(machine), swap(machine)] + controlGroup(machine)
    }

    private func memory(_ machine: Machine) -> Finding {
        let total = machine.memory("MemTotal")
        let available = machine.memory("MemAvailable")
        let detail = "\(Quantity.bytes(Double(available))) available of \(Quantity.bytes(Double(total)))"
        return available * 10 < total
            ? Finding(
                .hurts, "memory", detail + ": page cache and pools will be pushed out",
                advice: "stop other programs, or measure smaller pools")
            : Finding(.ok, "memory", detail)
    }

    private func swap(_ machine: Machine) -> Finding {
        let total = machine.memory("SwapTotal")
        let used = total - machine.memory("SwapFree")
        guard total > 0 else { return Finding(.ok, "swap", "none") }
        let detail = "\(Quantity.bytes(Double(used))) used of \(Quantity.bytes(Double(total)))"
        return used > 0
            ? Finding(
                .hurts, "swap", detail + ": a page of a private or tmpfs pool may come from there",
                advice: "swapoff -a while you measure")
            : Finding(.ok, "swap", detail)
    }

    /// The limit of the cgroup, towards which pages of tmpfs and of mode 1's copies count.
    private func controlGroup(_ machine: Machine) -> [Finding] {
        let lines = (machine.read("/proc/self/cgroup") ?? "").split(separator: "\n")
        let candidates = lines.compactMap { line -> String? in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return nil }
            if fields[1].isEmpty { return "/sys/fs/cgroup\(fields[2])/memory.max" }
            return fields[1].split(separator: ",").contains("memory")
                ? "/sys/fs/cgroup/memory\(fields[2])/memory.limit_in_bytes" : nil
        }
        // In version 1, "no limit" is a number near 2^63.
        guard let limit = candidates.compactMap(machine.number).min(), limit < machine.memory("MemTotal")
        else { return [] }
        return [
            Finding(
                .hurts, "cgroup memory",
                "limited to \(Quantity.bytes(Double(limit))): pages that mode 1 copies, "
                    + "and pools on tmpfs, count towards it",
                advice: "keep pool and copies below it, or raise it")
        ]
    }
}
