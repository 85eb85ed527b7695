import CLinux
import Testing

@testable import AllocatorCore

/// States that must never occur, which give one line and SIGABRT in the debug build. Each in a separate process, which it ends.
@Suite struct InvariantTests {
    @Test func aLockTakenTwiceByOneThread() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            let lock = unlockedMutex()
            lock.lock()
            lock.lock()
        }
    }

    @Test func aLockGivenBackByWhoDoesNotHaveIt() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            unlockedMutex().unlock()
        }
    }

    @Test func pagesTakenTwice() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            var map = freshMap()
            map.take(10, count: 5)
            map.take(14, count: 1)
        }
    }

    @Test func pagesGivenBackTwice() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            var map = freshMap()
            map.take(10, count: 5)
            map.release(10, count: 5)
            map.release(12, count: 1)
        }
    }

    @Test func pagesGivenBackThatAreOnlyPartlyInUse() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            var map = freshMap()
            map.take(10, count: 5)
            map.release(10, count: 6)
        }
    }

    @Test func usedPagesSaidToBeZero() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            var map = freshMap()
            map.take(10, count: 5)
            map.cleanse(0, count: 64)
        }
    }

    /// Proves that it is not the test's own scaffolding that ends the processes above.
    @Test func whatIsSoundGoesOn() async {
        await #expect(processExitsWith: .success) {
            let lock = unlockedMutex()
            lock.lock()
            lock.unlock()
            var map = freshMap()
            map.take(10, count: 5)
            map.release(12, count: 2)
            map.take(12, count: 2)
            map.release(10, count: 5)
            map.cleanse(0, count: 64)
        }
    }
}

private func freshMap() -> PageMap {
    let bytes = PageMap.bytesNeeded(pageCount: 1000)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 8)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    return PageMap(pageCount: 1000, memory: memory)
}

private func unlockedMutex() -> Mutex {
    let mutex = Mutex(at: .allocate(byteCount: Mutex.size, alignment: Mutex.size))
    mutex.reset()
    return mutex
}
