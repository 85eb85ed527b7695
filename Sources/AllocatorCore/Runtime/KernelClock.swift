import CLinux

/// clock_gettime(2) as the kernel provides it in every process, vdso(7). libc's function of that name may be hooked by
/// libraries that fake the time. A system call may be forbidden by the program's seccomp(2) filter, since libc makes none
/// either.
public enum KernelClock {
    private typealias Function = @convention(c) (CInt, UnsafeMutablePointer<timespec>) -> CInt

    /// Set by `find`, before there is a second thread.
    private nonisolated(unsafe) static var function: Function?

    /// Finds the kernel's function. Until then, and if there is none, `read` makes system calls. To be called once, while the
    /// process has one thread.
    public static func find() {
        guard let page = UnsafeRawPointer(bitPattern: getauxval(UInt(AT_SYSINFO_EHDR))),
            let image = KernelImage(page),
            let address = image.address(of: "__vdso_clock_gettime")
                ?? image.address(of: "__kernel_clock_gettime")
        else { return }
        function = unsafeBitCast(address, to: Function.self)
    }

    /// CLOCK_MONOTONIC in nanoseconds. Any thread; async-signal-safe.
    public static var nanoseconds: UInt64 {
        var time = timespec()
        _ = read(CLOCK_MONOTONIC, &time)
        return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000
            &+ UInt64(truncatingIfNeeded: time.tv_nsec)
    }

    /// The time of `clock`. Returns 0 or a negative errno value; the variable errno does not change. Any thread;
    /// async-signal-safe.
    public static func read(_ clock: CInt, _ time: UnsafeMutablePointer<timespec>) -> CInt {
        if let function { return function(clock, time) }
        do throws(SystemError) {
            _ = try Linux.call(SYS_clock_gettime, Int(clock), Int(bitPattern: time))
            return 0
        } catch {
            return 0 &- error.code
        }
    }
}

/// The kernel's shared object in memory. Source: elf(5).
private struct KernelImage {
    /// Added to the addresses in it.
    private let bias: UnsafeRawPointer
    private let symbols: UnsafePointer<Elf64_Sym>
    private let names: UnsafePointer<CChar>
    private let symbolCount: Int

    /// Nil if a table is missing.
    init?(_ start: UnsafeRawPointer) {
        let header = start.loadUnaligned(as: Elf64_Ehdr.self)
        var loaded: UnsafeRawPointer?
        var dynamic: UnsafePointer<Elf64_Dyn>?
        for index in 0..<Int(header.e_phnum) {
            let place = Int(header.e_phoff) &+ index &* Int(header.e_phentsize)
            let segment = start.loadUnaligned(fromByteOffset: place, as: Elf64_Phdr.self)
            let content = start + Int(truncatingIfNeeded: segment.p_offset)
            if segment.p_type == PT_LOAD, loaded == nil {
                loaded = content - Int(truncatingIfNeeded: segment.p_vaddr)
            }
            if segment.p_type == PT_DYNAMIC { dynamic = content.assumingMemoryBound(to: Elf64_Dyn.self) }
        }
        guard let loaded, var entry = dynamic else { return nil }
        var symbols: UnsafeRawPointer?
        var names: UnsafeRawPointer?
        var count: Int?
        while Int(entry.pointee.d_tag) != Int(DT_NULL) {
            let table = loaded + Int(truncatingIfNeeded: entry.pointee.d_un.d_ptr)
            switch Int(entry.pointee.d_tag) {
            case Int(DT_SYMTAB): symbols = table
            case Int(DT_STRTAB): names = table
            // The second word is the length of the chain, with one entry per symbol.
            case Int(DT_HASH): count = Int(table.load(fromByteOffset: 4, as: UInt32.self))
            case Int(DT_GNU_HASH): count = count ?? Self.symbolCount(ofHash: table)
            default: break
            }
            entry += 1
        }
        guard let symbols, let names, let count else { return nil }
        bias = loaded
        self.symbols = symbols.assumingMemoryBound(to: Elf64_Sym.self)
        self.names = names.assumingMemoryBound(to: CChar.self)
        symbolCount = count
    }

    /// A GNU hash table does not state the number: it is found at the end of the chain that starts with the highest symbol of
    /// any bucket.
    private static func symbolCount(ofHash table: UnsafeRawPointer) -> Int {
        let words = table.assumingMemoryBound(to: UInt32.self)
        let bucketCount = Int(words[0])
        let firstHashed = Int(words[1])
        let filterWords = Int(words[2]) &* 2
        let buckets = words + (4 &+ filterWords)
        let chain = buckets + bucketCount
        var last = 0
        for bucket in 0..<bucketCount { last = max(last, Int(buckets[bucket])) }
        guard last >= firstHashed else { return 0 }
        while chain[last &- firstHashed] & 1 == 0 { last &+= 1 }
        return last &+ 1
    }

    /// The address of the function `name`; nil if there is none.
    func address(of name: StaticString) -> UnsafeRawPointer? {
        for index in 0..<symbolCount {
            let symbol = symbols[index]
            guard symbol.st_shndx != 0, name.equals(names + Int(symbol.st_name)) else { continue }
            return bias + Int(truncatingIfNeeded: symbol.st_value)
        }
        return nil
    }
}
