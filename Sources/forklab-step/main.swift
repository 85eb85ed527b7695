import CStep

// `forklab-step ACTION COUNT`: a program that does little else than start and end, so that what it costs is the allocator's.
// Not for users: the workload `start` runs it. ACTION is one of:
//   allocate   COUNT times malloc(100) and free
//   grow       a block grows by realloc to COUNT KiB, 1 KiB at a time
//   thread     COUNT times a thread starts, does one malloc and free, and is joined
//   fork       one malloc; then COUNT times a child that ends at once

/// Where the block was, for others to see: otherwise the compiler leaves malloc and free out.
nonisolated(unsafe) var seen: UInt64 = 0

/// Allocates, shows and frees one block.
func allocate() {
    guard let block = malloc(100) else { exit(1) }
    step_show(&seen, UInt64(UInt(bitPattern: block)))
    free(block)
}

/// One action, `count` times. Its first letter says which: a string literal as a C string would be an array.
func perform(_ action: UnsafePointer<CChar>, _ count: Int) {
    switch UInt8(bitPattern: action[0]) {
    case UInt8(ascii: "a"):
        for _ in 0..<count { allocate() }
    case UInt8(ascii: "g"):
        var block: UnsafeMutableRawPointer?
        for size in 0..<count {
            block = realloc(block, (size + 1) << 10)
            guard let block else { exit(1) }
            block.storeBytes(of: 1, toByteOffset: size << 10, as: UInt8.self)
        }
        free(block)
    case UInt8(ascii: "t"):
        for _ in 0..<count {
            var thread = pthread_t()
            let failure = pthread_create(
                &thread, nil,
                { _ in
                    allocate()
                    return nil
                }, nil)
            guard failure == 0, pthread_join(thread, nil) == 0 else { exit(1) }
        }
    case UInt8(ascii: "f"):
        allocate()
        for _ in 0..<count {
            let child = step_fork()
            if child == 0 { _exit(0) }
            var status: CInt = 1
            guard child > 0, waitpid(child, &status, 0) == child, status == 0 else { exit(1) }
        }
    default: exit(2)
    }
}

// Embedded Swift has no CommandLine.
guard let action = step_argument(1), let count = step_argument(2) else { exit(2) }
perform(action, atol(count))
exit(0)
