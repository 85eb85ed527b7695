import Glibc
import LabBase

/// Waiting for a descriptor until a deadline.
enum Poll {
    /// Whether `descriptor` became readable, or was hung up, before `deadline` on the monotonic clock (ns).
    static func readable(_ descriptor: Int32, until deadline: UInt64) -> Bool {
        while true {
            let now = Clock.nanoseconds
            let left = deadline > now ? (deadline - now) / 1_000_000 + 1 : 0
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&request, 1, Int32(clamping: left))
            if ready > 0 { return true }
            if ready == 0 && left == 0 { return false }
            if ready < 0 && errno != EINTR { return false }
        }
    }
}
