import CLinux
import CVMMalloc

/// vmmalloc_fold of libvmmalloc.h.
@c(vmmalloc_vmmalloc_fold)
public func foldHeap() -> CInt {
    // Blocks in the thread's cache and free extents that arenas keep would count as in use.
    if heap?.waitsForFold == true { _ = Jemalloc.releaseAllThatIsFree() }
    guard let obstacle = heap?.fold() else { return 0 }
    let code: CInt =
        switch obstacle {
        case .children: EBUSY
        case .threads, .asynchronousWrites, .locks: EAGAIN
        case .noRoom: ENOSPC
        case .means, .mode: ENOTSUP
        }
    linux_set_errno(code)
    return -1
}
