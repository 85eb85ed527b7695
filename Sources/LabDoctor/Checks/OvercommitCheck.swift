import LabBase
import LabProcess

/// Does the kernel promise the memory that a private pool may eventually need?
struct OvercommitCheck: DoctorCheck {
    func findings(on machine: Machine) -> [Finding] {
        let subject = "overcommit"
        switch machine.number("/proc/sys/vm/overcommit_memory") {
        case 0:
            let most = machine.memory("MemTotal") + machine.memory("SwapTotal")
            return [
                Finding(
                    .ok, subject,
                    "0, heuristic: mode 1 serves pools up to RAM and swap, \(Quantity.bytes(Double(most)))")
            ]
        case 1:
            return [Finding(.ok, subject, "1, always: no fork is refused, and the OOM killer decides later")]
        case 2:
            let left = machine.memory("CommitLimit") - machine.memory("Committed_AS")
            return [
                Finding(
                    .hurts, subject,
                    "2, never: in mode 1 the whole pool counts in parent and in each child, and "
                        + "\(Quantity.bytes(Double(max(0, left)))) may still be promised",
                    advice: "use mode 2 or 3, or sysctl vm.overcommit_memory=0")
            ]
        default: return [Finding(.unknown, subject, "vm.overcommit_memory cannot be read")]
        }
    }
}
