extension Sequence where Element: Hashable {
    /// The elements without later duplicates, in their order.
    package var withoutDoubles: [Element] {
        var known: Set<Element> = []
        return filter { known.insert($0).inserted }
    }
}
