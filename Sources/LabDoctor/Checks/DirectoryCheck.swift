import LabBase
import LabProcess
import LabRun

/// The conditions for pools in a directory: tried out, never guessed from the type of the file system.
struct DirectoryCheck: DoctorCheck {
    private static let littleSpace: Int64 = 1 << 30

    let fileSystem: UsableFileSystem

    func findings(on machine: Machine) -> [Finding] {
        [reflink, dax, space(machine), hugePages].compactMap { $0 }
    }

    private var reflink: Finding {
        fileSystem.reflink
            ? Finding(
                .helps, "reflink", "yes: mode 2 shares blocks at the fork instead of copying them",
                advice: "VMMALLOC_FORK_SPACE=strict if the file system may fill up")
            : Finding(
                .ok, "reflink", "no: mode 2 copies what is in use; XFS with reflink=1 or btrfs would share it"
            )
    }

    private var dax: Finding {
        fileSystem.dax
            ? Finding(.helps, "DAX", "yes, says libpmem: pools are persistent memory, not page cache")
            : Finding(.ok, "DAX", "no, says libpmem: pool pages are page cache or tmpfs")
    }

    private func space(_ machine: Machine) -> Finding {
        let subject = "free space"
        var detail = Quantity.bytes(Double(fileSystem.available))
        let memory = machine.memory("MemAvailable")
        let isMemory = fileSystem.type == "tmpfs"
        if isMemory { detail += " of RAM, of which \(Quantity.bytes(Double(memory))) are available now" }
        let usable = isMemory ? min(memory, fileSystem.available) : fileSystem.available
        return usable < Self.littleSpace
            ? Finding(
                .hurts, subject, "\(detail): a pool and its copies of mode 2 must fit", advice: "free some")
            : Finding(.ok, subject, detail)
    }

    /// Huge pages of tmpfs; other file systems do not leave the choice to the mount.
    private var hugePages: Finding? {
        guard fileSystem.type == "tmpfs" else { return nil }
        let options = fileSystem.mountOptions.split(separator: ",")
        guard let policy = options.first(where: { $0.hasPrefix("huge=") && $0 != "huge=never" }) else {
            return Finding(
                .ok, "huge pages", "none: a mount with huge=advise has page tables a tenth of the size")
        }
        return Finding(.helps, "huge pages", "\(policy): small page tables, fewer page faults")
    }
}
