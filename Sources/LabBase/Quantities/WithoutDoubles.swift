extension Array where Element: Equatable {
    /// Each element where it comes first.
    package var withoutDoubles: [Element] {
        reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
