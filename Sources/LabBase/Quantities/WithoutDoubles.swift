extension Array where Element: Equatable {
    /// The elements without later duplicates, in their order.
    package var withoutDoubles: [Element] {
        reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
