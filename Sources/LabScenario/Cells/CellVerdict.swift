/// The verdict on what fork still meant in a cell.
package enum CellVerdict: String, Codable, CaseIterable, Sendable {
    /// All that was promised held.
    case held
    /// Something that mode 0 does not promise did not hold.
    case brokenAsExpected = "broken_as_expected"
    /// Something that was promised did not hold.
    case broken
}
