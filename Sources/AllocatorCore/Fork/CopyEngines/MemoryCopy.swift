/// pwrite(2) from the mapping: works on every file system, and when the program has closed the pool's descriptor.
enum MemoryCopy: CopyEngine {
    static let action = ForkReport.Action.memory

    static func copy(_ pool: Pool, to copy: PoolFile, _ report: inout ForkReport) throws(SystemError) {
        try CopyEngines.forEachRange(of: pool, &report) { (offset, length) throws(SystemError) in
            try Linux.write(pool.base + offset, length: length, to: copy.fd, offset: offset)
        }
    }
}
