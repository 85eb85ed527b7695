import Algorithms
import LabBase
import LabScenario

/// Groups results by file system, each with the references beside it: a panel for each.
enum FileSystemPanels {
    /// `items` by the file system of their cells, in order of appearance; items without a file system are in every
    /// panel, or in one by themselves if there are no others.
    static func of<Item>(_ items: [Item], cell: (Item) -> Cell) -> [(place: String?, items: [Item])] {
        let places = items.map { cell($0)["file_system"] }.uniqued(on: \.self)
        return places.filter { $0 != nil || places.count == 1 }.map { place in
            (place, items.filter { [place, nil].contains(cell($0)["file_system"]) })
        }
    }

    /// The name of a file system in a title.
    static func title(_ place: String?) -> String { place ?? "no pool" }
}
