import Measurement
import WorkloadSchema

/// Judges the heap before the first fork.
package enum HeapVerdicts {
    /// Whether malloc granted the wanted number of bytes.
    package static func filled(_ live: Int, of wanted: Int) -> (Check, Outcome, String) {
        live >= wanted
            ? (.filled, .held, "")
            : (.filled, .broken, "malloc returned NULL after \(live) of \(wanted) bytes")
    }

    /// Whether blocks at `placements` (nil: not mapped) lie in the pool.
    package static func inPool(_ placements: [HeapPlacement?], _ pool: PoolExpectation?) -> (
        Check, Outcome, String
    ) {
        guard let pool else { return (.heapInPool, .notApplicable, "") }
        let outside = placements.filter { $0?.isPool(in: pool.directory) != true }
        guard let first = outside.first else { return (.heapInPool, .held, "") }
        let place = first.map { "\($0.kind.rawValue) memory \($0.path)" } ?? "no mapping"
        return (
            .heapInPool, .broken,
            "\(outside.count) of \(placements.count) blocks lie outside the pool, the first in \(place)"
        )
    }
}
