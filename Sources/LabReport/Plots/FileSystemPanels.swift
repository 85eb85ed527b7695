import LabBase
import LabScenario

/// Results by file system, each beside the references: a panel for each.
enum FileSystemPanels {
    /// `items` by the file system of their cells, in the order in which they come; those without one stand in every
    /// panel, and alone where there are no others.
    static func of<Item>(_ items: [Item], cell: (Item) -> Cell) -> [(place: String?, items: [Item])] {
        let places = items.map { cell($0)["file_system"] }.withoutDoubles
        return places.filter { $0 != nil || places.count == 1 }.map { place in
            (place, items.filter { [place, nil].contains(cell($0)["file_system"]) })
        }
    }

    /// What stands in a title for a place.
    static func title(_ place: String?) -> String { place ?? "no pool" }
}
