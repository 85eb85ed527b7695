import LabBase
import LabProcess
import LabRun
import WorkloadSchema

/// The room that a directory and its machine have for pools, and the most that forks could take of it.
///
/// Only arithmetic, to keep a measurement from filling the machine, and for warnings; no limit is judged by it.
struct PoolRoom: Equatable, Sendable {
    /// Bytes free in the directory.
    let available: Double
    /// Bytes of RAM available without swapping (MemAvailable).
    let memory: Double
    /// Whether files there are RAM.
    let isMemory: Bool
    /// The size of the pool, bytes.
    let poolSize: Double
    /// The most bytes of the pool that the workload uses.
    let inUse: Double
    /// The most children that live at the same time.
    let children: Double

    /// The share of free room that may be used; the rest is left to others.
    private static let share = 0.9

    /// Memberwise initializer; amounts in bytes.
    init(
        available: Double, memory: Double, isMemory: Bool, poolSize: Double, inUse: Double, children: Double
    ) {
        self.available = available
        self.memory = memory
        self.isMemory = isMemory
        self.poolSize = poolSize
        self.inUse = inUse
        self.children = children
    }

    /// The room for `workload` on `fileSystem`.
    init(_ workload: ForkingWorkload, on fileSystem: UsableFileSystem, machine: Machine = .this) {
        available = Double(fileSystem.available)
        memory = Double(machine.memory("MemAvailable"))
        isMemory = fileSystem.isMemory
        poolSize = Double(ByteCount.parse(workload.poolSize) ?? 0)
        inUse = poolSize * (workload.value("share_in_use").flatMap(Double.init) ?? 1)
        func number(_ name: String) -> Double { workload.value(name).flatMap(Double.init) ?? 1 }
        var children = number("children")
        if case .builtIn(.tree) = workload.source {
            children = (1...Int(number("depth"))).reduce(0) { sum, _ in (sum + 1) * number("width") }
        }
        self.children = children
    }

    /// The room that the pool itself takes: all of it at the start, or what is handed out.
    private var own: Double { isMemory ? inUse : poolSize }
    private var usable: Double { (isMemory ? min(available, memory) : available) * Self.share }

    /// Why nothing can be measured, and what would fit; nil if the pool has room.
    var obstacle: String? {
        guard own > usable else { return nil }
        let fitting = ByteCount.text(max(14, Int(usable * poolSize / (own + inUse * children)) >> 20) << 20)
        return
            "the pool of \(Quantity.bytes(poolSize)) cannot be measured: of \(Quantity.bytes(own)) that it needs, "
            + "\(Quantity.bytes(usable)) can be used here; --pool-size \(fitting) would fit, "
            + "and would show what is true for that size"
    }

    /// Why modes that copy cannot be measured; nil if there is room for one copy per child.
    var obstacleToCopies: String? {
        // On disk a copy that does not fit is a refused fork: a result.
        guard isMemory, own + inUse * children > usable else { return nil }
        return "a pool with its copies may take \(Quantity.bytes(own + inUse * children)), "
            + "and \(Quantity.bytes(usable)) of RAM can be used here"
    }

    /// Why the control without the library, whose heap is RAM, cannot be measured; nil if there is room.
    var obstacleToReference: String? {
        guard inUse > memory * Self.share else { return nil }
        return "glibc without a pool was left out: \(Quantity.bytes(inUse)) of heap do not fit into the "
            + "\(Quantity.bytes(memory)) of RAM that are available"
    }

    /// The limit on RAM that the machine imposes if the user gives none.
    var memoryBound: Limits.Bound { Limits.Bound(max(0, memory - (isMemory ? inUse : 0)), option: nil) }
    /// The limit on space that the machine imposes if the user gives none.
    var spaceBound: Limits.Bound { Limits.Bound(max(0, available - own), option: nil) }

    /// Warnings if a full and rewritten pool would take more than there is.
    func warnings(copies: Bool) -> [String] {
        let space = poolSize * (1 + children)
        if copies, space > available {
            return [
                "a full pool and \(children == 1 ? "its copy" : "the copies of \(Int(children)) children") would take "
                    + "\(Quantity.bytes(space)) of the file system, and \(Quantity.bytes(available)) are free: not "
                    + "measured, but mode 2 would refuse such a fork"
            ]
        }
        let ram = poolSize * (children + (isMemory ? 2 : 1))
        if !copies, ram > memory {
            return [
                "a full pool that \(children == 1 ? "parent and child rewrite" : "all children rewrite") would take "
                    + "\(Quantity.bytes(ram)) of RAM, and \(Quantity.bytes(memory)) are available: not measured"
            ]
        }
        return []
    }
}

extension UsableFileSystem {
    /// Whether the file system's files are RAM.
    var isMemory: Bool { type == "tmpfs" || type == "ramfs" }
}
