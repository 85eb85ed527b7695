import CLinux
import CVMMalloc

/// vmmalloc_fork_report of libvmmalloc.h: what the last fork did and what it cost. Any thread; async-signal-safe.
@c(vmmalloc_vmmalloc_fork_report)
public func forkReport(_ report: UnsafeMutablePointer<vmmalloc_fork_report>?) -> CInt {
    guard let report, report.pointee.version == UInt32(VMMALLOC_FORK_REPORT_VERSION) else {
        linux_set_errno(EINVAL)
        return -1
    }
    guard let last = heap?.lastForkReport, last.number > 0 else {
        linux_set_errno(ENODATA)
        return -1
    }
    report.pointee = vmmalloc_fork_report(
        version: UInt32(VMMALLOC_FORK_REPORT_VERSION), mode: UInt32(last.mode.rawValue),
        action: last.action.rawValue, error: last.error, forks: last.number, bytes_live: last.bytesLive,
        bytes_copied: last.bytesCopied, bytes_shared: last.bytesShared, reserve_ns: last.phases.reserve,
        prepare_ns: last.phases.prepare, fork_ns: last.phases.fork, resume_ns: last.phases.resume)
    return 0
}
