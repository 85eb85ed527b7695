/// pwrite(2) from the mapping: works on every file system, and when the program has closed the pool's descriptor.
enum MemoryCopy: CopyEngine {
    static let action = ForkReport.Action.memory

    static func copy(_ pool: Pool, to copy: PoolFile, _ report: inout ForkReport) throws(SystemError) {
        let target = try copy.descriptor()
        try CopyEngines.forEachRange(of: pool, &report) { (offset, length) throws(SystemError) in
            try Linux.write(pool.base + offset, length: length, to: target, offset: offset)
        }
    }
}
