/// The verdict on what fork still meant in a cell.
package enum CellVerdict: String, Codable, CaseIterable, Sendable {
    /// Everything that was promised held.
    case held
    /// Something did not hold, but mode 0 does not promise it.
    case brokenAsExpected = "broken_as_expected"
    /// Something that was promised did not hold.
    case broken
}
