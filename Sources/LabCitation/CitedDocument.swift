import Glibc
import LabBase
import LabReport
import LabRun

/// A Markdown file whose numbers come from results: links whose titles are citations, and tables between markers.
///
///     [404 us](../results/first-fork/summary.md "mode=1,file_system=tmpfs.fork_stall")
///
/// Code is left alone: fenced, indented by four spaces, or in backquotes. A citation must be on one line.
package struct CitedDocument {
    /// A place where the file differs from the results.
    package struct Change: Codable, Equatable, Sendable, CustomStringConvertible {
        /// The file and its line, "docs/findings.md:12".
        let place: String
        /// What is there and what should be.
        let text: String

        /// "docs/findings.md:12: [404 us] is 410 us by now".
        package var description: String { "\(place): \(text)" }
    }

    /// A document brought up to date with the results.
    package struct Update: Sendable {
        /// The whole text.
        fileprivate(set) var text = ""
        /// The differences from the file.
        package fileprivate(set) var changes: [Change] = []
        /// How many numbers it cites.
        fileprivate(set) var citations = 0
        /// How many generated tables it has.
        fileprivate(set) var tables = 0
    }

    private let path: String
    private let lines: [Substring]

    /// Reads the file at `path`, which must be replaceable if `isToBeWritten`. Throws `InputError`.
    package init(reading path: String, isToBeWritten: Bool = false) throws(InputError) {
        guard !isToBeWritten || FileType.of(path) != S_IFIFO else {
            throw InputError(path, "is not a file that can be brought up to date; give one, or --check")
        }
        let text = try InputFile.read(path, advice: "give the path of a Markdown file")
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The document as it should be. `results` may be shared by several documents.
    ///
    /// Throws an `InputError` that names the line and what is wrong with it.
    package func update(from results: CitedResults) throws(InputError) -> Update {
        var update = Update()
        var output: [String] = []
        var fence: Substring?
        var index = 0
        while index < lines.count {
            let line = lines[index]
            let isCode = fence != nil || line.hasPrefix("    ") || Self.fence(of: line) != nil
            if let mark = Self.fence(of: line) { fence = fence == nil ? mark : mark == fence ? nil : fence }
            if isCode {
                output.append(String(line))
            } else if let marker = try Marker(line, place: place(index)) {
                let end = try end(of: marker, at: index)
                output += try table(marker, from: index, to: end, results, &update)
                index = end
            } else {
                output.append(try cited(line, at: index, results, &update))
            }
            index += 1
        }
        update.text = output.joined(separator: "\n")
        return update
    }

    /// Replaces the file with `update`. Throws `SystemCallError`.
    package func write(_ update: Update) throws(SystemCallError) {
        try OutputFile.write(update.text, to: path)
    }

    private func place(_ index: Int) -> String { "\(path):\(index + 1)" }

    /// The characters that begin or end a block of code; nil for any other line.
    private static func fence(of line: Substring) -> Substring? {
        let text = line.drop { $0 == " " }
        return ["```", "~~~"].first { text.hasPrefix($0) }.map { Substring($0) }
    }

    // MARK: Tables

    private func end(of marker: Marker, at begin: Int) throws(InputError) -> Int {
        guard marker.word != Marker.end else {
            throw InputError(place(begin), "ends a table that was never started; drop the line")
        }
        for index in (begin + 1)..<lines.count {
            guard let next = try Marker(lines[index], place: place(index)) else { continue }
            if next.word == Marker.end { return index }
            break
        }
        throw InputError(place(begin), "the table has no end; write <!-- forklab: end --> after it")
    }

    private func table(
        _ marker: Marker, from begin: Int, to end: Int, _ results: CitedResults, _ update: inout Update
    ) throws(InputError) -> [String] {
        guard let directory = marker.directory else {
            throw InputError(place(begin), "names no results; write the directory after \(marker.word)")
        }
        let found = try results.read(directory, from: path, place: place(begin))
        let text: String
        do throws(CitationProblem) {
            let request = TableRequest(
                results: found, options: marker.options,
                summaryPath: ResultDirectory.File.summaryText.path(in: directory))
            text = try DocumentTables.named(marker.word).markdown(for: request)
        } catch {
            throw InputError(place(begin), error.text)
        }
        update.tables += 1
        let body = ["", text, ""]
        if lines[(begin + 1)..<end].joined(separator: "\n") != body.joined(separator: "\n") {
            update.changes.append(Change(place: place(begin), text: "the table is not that of \(directory)"))
        }
        return [String(lines[begin])] + body + [String(lines[end])]
    }

    // MARK: Numbers

    private func cited(
        _ line: Substring, at index: Int, _ results: CitedResults, _ update: inout Update
    ) throws(InputError) -> String {
        var output = ""
        var rest = line
        for link in CitationLink.all(in: line) {
            let found = try results.read(link.directory, from: path, place: place(index))
            let value: Citation.Value
            do throws(CitationProblem) {
                value = try Citation(link.title).value(in: found)
            } catch {
                throw InputError(place(index), error.text)
            }
            update.citations += 1
            let fresh = link.with(text: value.text, anchor: CellAnchor.of(value.cell, in: found))
            if fresh != line[link.range] {
                let what =
                    value.text == link.text
                    ? "[\(link.text)] leads to the wrong cell" : "[\(link.text)] is \(value.text) by now"
                update.changes.append(Change(place: place(index), text: what))
            }
            output += rest[..<link.range.lowerBound] + fresh
            rest = rest[link.range.upperBound...]
        }
        if CitationLink.isCutOff(rest) {
            throw InputError(place(index), "a citation must stand on one line, its title in double quotes")
        }
        return output + rest
    }
}

/// The results that documents cite. Each directory is read once. Not for use by several threads.
package final class CitedResults {
    private var known: [String: ResultSet] = [:]

    /// Starts without any results.
    package init() {}

    /// The results in `directory`, a path relative to the document at `document`. Throws an `InputError` at `place`.
    func read(_ directory: String, from document: String, place: String) throws(InputError) -> ResultSet {
        // By hand, since an error names the path as the document does: FilePath takes `out/` for `out`.
        let folder = document.lastIndex(of: "/").map { String(document[...$0]) } ?? ""
        let path = directory.hasPrefix("/") ? directory : folder + directory
        if let results = known[path] { return results }
        do {
            let results = try ResultSet(directory: path)
            known[path] = results
            return results
        } catch {
            throw InputError(place, "\(error)")
        }
    }
}
