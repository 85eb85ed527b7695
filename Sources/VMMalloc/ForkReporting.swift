import CLinux
import CVMMalloc

/// vmmalloc_fork_report of libvmmalloc.h: what the last fork did and what it cost. Any thread; async-signal-safe.
@c(vmmalloc_vmmalloc_fork_report)
public func forkReport(_ report: UnsafeMutablePointer<vmmalloc_fork_report>?) -> CInt {
    guard let report, let version = ReportVersion(rawValue: report.pointee.version) else {
        linux_set_errno(EINVAL)
        return -1
    }
    guard let heap, heap.lastForkReport.number > 0 else {
        linux_set_errno(ENODATA)
        return -1
    }
    let last = heap.lastForkReport
    let folds = heap.foldTally
    var current = vmmalloc_fork_report(
        version: version.rawValue, mode: UInt32(last.mode.rawValue),
        action: last.action.rawValue, error: last.error, forks: last.number, bytes_live: last.bytesLive,
        bytes_copied: last.bytesCopied, bytes_shared: last.bytesShared, reserve_ns: last.phases.reserve,
        prepare_ns: last.phases.prepare, fork_ns: last.phases.fork, resume_ns: last.phases.resume,
        copier: last.copier.rawValue, fold_obstacle: last.foldObstacle?.rawValue ?? 0,
        copy_ns: last.phases.copy, bytes_to_fold: last.bytesToFold,
        folds: folds.folds, fold_bytes: folds.bytes, fold_ns: folds.nanoseconds,
        fold_longest_ns: folds.longestRun)
    // No more than the caller has room for.
    withUnsafePointer(to: &current) { _ = memcpy(report, $0, version.bytes) }
    return 0
}

/// The layouts of struct vmmalloc_fork_report.
private enum ReportVersion: UInt32 {
    /// Up to `resume_ns`.
    case first = 1
    /// VMMALLOC_FORK_REPORT_VERSION.
    case current = 2

    /// Bytes that a caller has room for.
    var bytes: Int {
        switch self {
        case .first: 80
        case .current: MemoryLayout<vmmalloc_fork_report>.size
        }
    }
}
