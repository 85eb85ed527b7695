import ArgumentParser
import LabBase
import LabReport

/// `forklab list`: what can be run, and on what.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the scenarios and the file systems that are usable here.",
        discussion:
            "As root it makes small file systems in images and removes them again, as \"forklab run\" does.")

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    func run() throws {
        let listing = try Listing(scenarioFolder: try PackageFolder.scenarios())
        print(json ? try JSONLine.encode(listing) : listing.text)
    }
}
