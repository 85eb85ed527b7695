import LabBase
import LabProcess

/// The limits of processes here, as far as they affect the library.
struct LimitsCheck: DoctorCheck {
    /// With fewer descriptors, programs that already hold many leave the library none for a copy.
    private static let fewDescriptors: Int64 = 256
    private static let usualMappings: Int64 = 65530

    func findings(on machine: Machine) -> [Finding] {
        let limits = ProcessLimits(machine.read("/proc/self/limits") ?? "")
        return [addressSpace(limits), fileSize(limits), descriptors(limits), mappings(machine)]
    }

    private func addressSpace(_ limits: ProcessLimits) -> Finding {
        let subject = "address space"
        guard let limit = limits["Max address space"] else {
            return Finding(.ok, subject, "unlimited")
        }
        return Finding(
            .hurts, subject,
            "limited to \(Quantity.bytes(Double(limit))): mode 1 needs three times the pool, or its first fork "
                + "takes time that grows with the heap",
            advice: "ulimit -v unlimited, or pools below \(Quantity.bytes(Double(limit / 3)))")
    }

    private func fileSize(_ limits: ProcessLimits) -> Finding {
        let subject = "file size"
        guard let limit = limits["Max file size"] else { return Finding(.ok, subject, "unlimited") }
        return Finding(
            .hurts, subject, "limited to \(Quantity.bytes(Double(limit))), which no pool can exceed",
            advice: "ulimit -f unlimited")
    }

    private func descriptors(_ limits: ProcessLimits) -> Finding {
        let subject = "descriptors"
        guard let limit = limits["Max open files"] else { return Finding(.ok, subject, "unlimited") }
        guard limit < Self.fewDescriptors else { return Finding(.ok, subject, "\(limit)") }
        return Finding(
            .hurts, subject, "limited to \(limit): mode 2 needs one more at each fork",
            advice: "ulimit -n 1024")
    }

    private func mappings(_ machine: Machine) -> Finding {
        let subject = "mappings"
        guard let limit = machine.number("/proc/sys/vm/max_map_count") else {
            return Finding(.unknown, subject, "vm.max_map_count cannot be read")
        }
        guard limit < Self.usualMappings else { return Finding(.ok, subject, "\(limit)") }
        return Finding(
            .hurts, subject,
            "limited to \(limit): mode 2 takes up to two for each page that holds open FILEs",
            advice: "sysctl vm.max_map_count=\(Self.usualMappings)")
    }
}

/// The soft limits in the text of /proc/PID/limits.
struct ProcessLimits {
    private let text: String

    init(_ text: String) { self.text = text }

    /// The soft limit called `name`, in its unit; nil if it is unlimited.
    subscript(name: String) -> Int64? {
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.dropFirst(name.count).split(separator: " ").first.flatMap { Int64($0) }
    }
}
