// Draws docs/pictures/NAME.svg from each NAME.txt there; the text describes its format. With --check it writes nothing,
// and fails if a picture does not match its text. Run it in the package's folder.
import Foundation

struct Failure: Error { let text: String }

/// What an address range maps.
struct Mapping {
    enum Kind: String { case shared, `private`, waiting, folding }
    let kind: Kind
    let file: String
    let hasOwnPages: Bool
}

/// One row of the picture.
struct Phase {
    let title: String
    var lines: [String] = []
    /// The files from the top, with what happens to each: "", "frozen" or "copied".
    var files: [(name: String, state: String)] = []
    var mappings: [(place: String, mapping: Mapping)] = []
}

/// The phases of a text. Throws a `Failure` that names file and line.
func phases(_ path: String) throws -> [Phase] {
    var phases: [Phase] = []
    let text = try String(contentsOfFile: path, encoding: .utf8)
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        let words = line.split(separator: " ").map(String.init)
        guard let first = words.first, !first.hasPrefix("#") else { continue }
        func failure(_ text: String) -> Failure { Failure(text: "\(path):\(index + 1): \(text)") }
        let rest = line.dropFirst(first.count + 1)
        if first == "phase" {
            phases.append(Phase(title: String(rest)))
            continue
        }
        guard !phases.isEmpty else { throw failure("\"\(first)\" before the first phase") }
        let last = phases.count - 1
        switch first {
        case "say": phases[last].lines.append(String(rest))
        case "file":
            guard (2...3).contains(words.count) else { throw failure("give: file NAME [frozen|copied]") }
            phases[last].files.append((words[1], words.count == 3 ? words[2] : ""))
        case "parent", "aside", "child":
            guard (3...4).contains(words.count), let kind = Mapping.Kind(rawValue: words[1]),
                words.count == 3 || words[3] == "own"
            else { throw failure("give: \(first) shared|private|waiting|folding FILE [own]") }
            guard phases[last].files.contains(where: { $0.name == words[2] }) else {
                throw failure("the phase has no file \(words[2])")
            }
            phases[last].mappings.append(
                (first, Mapping(kind: kind, file: words[2], hasOwnPages: words.count == 4)))
        default: throw failure("\"\(first)\" is not a word; give phase, say, file, parent, aside or child")
        }
    }
    return phases
}

// MARK: Drawing

let rowHeight = 142
let width = 900
/// Left edges of the columns: the words, the parent's two ranges, the files, the child's range.
let places = ["parent": 310, "aside": 430, "child": 780]
let fileEdge = 605
let box = (width: 90, height: 36)

func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
}

func label(_ x: Int, _ y: Int, _ text: String, _ style: String = "") -> String {
    "  <text x=\"\(x)\" y=\"\(y)\"\(style.isEmpty ? "" : " class=\"\(style)\"")>\(escaped(text))</text>\n"
}

func rectangle(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ style: String) -> String {
    "  <rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" class=\"\(style)\"/>\n"
}

func line(_ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int, _ style: String) -> String {
    "  <line x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\" class=\"\(style)\"/>\n"
}

/// A file's box, and the height of its middle.
func drawn(_ file: (name: String, state: String), _ y: Int) -> (String, middle: Int) {
    var svg = rectangle(fileEdge, y, box.width, box.height, file.state == "frozen" ? "file frozen" : "file")
    let words = ["frozen": "frozen", "copied": "being copied"][file.state] ?? ""
    svg += label(fileEdge + box.width / 2, words.isEmpty ? y + 23 : y + 15, file.name, "middle")
    svg += words.isEmpty ? "" : label(fileEdge + box.width / 2, y + 29, words, "middle small")
    return (svg, y + box.height / 2)
}

func drawn(_ mapping: Mapping, at place: String, top: Int, files: [String: Int]) -> String {
    guard let x = places[place], let file = files[mapping.file] else { return "" }
    let y = place == "parent" || place == "child" ? top + 20 : top + 74
    let isDashed = mapping.kind == .private || mapping.kind == .waiting
    var svg = rectangle(x, y, box.width, box.height, isDashed ? "range private" : "range")
    if mapping.kind == .folding {
        // The folded part is shared, the rest private.
        svg += rectangle(x + box.width / 2, y, box.width / 2, box.height, "range private")
    }
    if mapping.kind == .folding {
        svg += label(x + box.width / 4, y + 14, "shared", "middle small")
        svg += label(x + box.width * 3 / 4, y + 14, "private", "middle small")
    } else {
        let words = mapping.kind == .waiting ? "private twin" : mapping.kind.rawValue
        svg += label(x + box.width / 2, mapping.hasOwnPages ? y + 14 : y + 23, words, "middle")
    }
    if mapping.hasOwnPages {
        let first = mapping.kind == .folding ? 3 : 0
        for page in first..<5 { svg += rectangle(x + 12 + page * 14, y + 21, 9, 9, "page") }
    }
    let start = place == "child" ? x : x + box.width
    let end = place == "child" ? fileEdge + box.width : fileEdge
    let style = mapping.kind == .waiting ? "arrow faint" : isDashed ? "arrow dashed" : "arrow"
    return svg + line(start, y + box.height / 2, end, file, style)
}

/// The arrow of copied pages: from the parent's range to the one aside, or from file to file.
func copies(_ phase: Phase, top: Int, files: [String: Int]) -> String {
    if phase.mappings.contains(where: { $0.mapping.kind == .folding }) {
        return "  <path d=\"M 355 \(top + 56) L 355 \(top + 92) L 430 \(top + 92)\" class=\"copy\"/>\n"
            + label(362, top + 108, "pages", "small")
    }
    guard let copied = phase.files.first(where: { $0.state == "copied" }), let from = phase.files.first,
        let start = files[from.name], let end = files[copied.name]
    else { return "" }
    let x = fileEdge + box.width / 2
    return
        "  <path d=\"M \(x) \(start + box.height / 2) L \(x) \(end - box.height / 2)\" class=\"copy\"/>\n"
}

func drawn(_ phase: Phase, top: Int) -> String {
    var svg = line(10, top, width - 10, top, "rule")
    svg += label(10, top + 28, phase.title, "title")
    for (index, line) in phase.lines.enumerated() { svg += label(10, top + 48 + index * 17, line) }
    var middles: [String: Int] = [:]
    for (index, file) in phase.files.enumerated() {
        let (box, middle) = drawn(file, top + 20 + index * 62)
        svg += box
        middles[file.name] = middle
    }
    for (place, mapping) in phase.mappings {
        svg += drawn(mapping, at: place, top: top, files: middles)
    }
    return svg + copies(phase, top: top, files: middles)
}

func picture(_ phases: [Phase], from source: String) -> String {
    let height = 40 + phases.count * rowHeight
    var svg = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
        font-family="sans-serif" font-size="13">
          <!-- Drawn from \(source) by .ci/pictures.swift: change that. -->
          <style>
            .background { fill: #ffffff } text { fill: #202020 } .title { font-weight: bold; font-size: 14px }
            .middle { text-anchor: middle } .small { font-size: 11px } .rule { stroke: #c0c0c0 }
            .range, .file { fill: #dbe9f6; stroke: #1f5f99 } .private { fill: #ffffff; stroke-dasharray: 4 3 }
            .frozen { fill: #e4e4e4; stroke: #606060 } .page { fill: #c05a1a } .arrow { stroke: #1f5f99; stroke-width: 1.5 }
            .dashed { stroke-dasharray: 4 3 } .faint { stroke-dasharray: 1 4 }
            .copy { fill: none; stroke: #c05a1a; stroke-width: 2; marker-end: url(#head) }
          </style>
          <defs>
            <marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="6" markerHeight="6" orient="auto">
              <path d="M 0 0 L 10 5 L 0 10 z" fill="#c05a1a"/>
            </marker>
          </defs>

        """
    svg += rectangle(0, 0, width, height, "background")
    let heads = [
        ("parent", "parent: pool"), ("aside", "parent: aside"), ("child", "child: pool"),
    ]
    for (place, text) in heads {
        svg += label(places[place]! + box.width / 2, 26, text, "middle title")
    }
    svg += label(fileEdge + box.width / 2, 26, "pool files", "middle title")
    svg += rectangle(10, 16, 9, 9, "page") + label(25, 25, "pages of its own, in RAM")
    for (index, phase) in phases.enumerated() { svg += drawn(phase, top: 40 + index * rowHeight) }
    return svg + "</svg>\n"
}

do {
    let folder = "docs/pictures"
    let isCheck = CommandLine.arguments.dropFirst() == ["--check"]
    guard isCheck || CommandLine.arguments.count == 1 else {
        throw Failure(text: "usage: swift .ci/pictures.swift [--check]")
    }
    let sources = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".txt") }
    for name in sources.sorted() {
        let target = "\(folder)/\(name.dropLast(4)).svg"
        let svg = picture(try phases("\(folder)/\(name)"), from: name)
        if isCheck {
            guard svg == (try? String(contentsOfFile: target, encoding: .utf8)) else {
                throw Failure(text: "\(target) is not what \(name) says; run swift .ci/pictures.swift")
            }
        } else {
            try svg.write(toFile: target, atomically: true, encoding: .utf8)
        }
    }
    print(isCheck ? "pictures as their texts say: \(sources.count)" : "pictures drawn: \(sources.count)")
} catch let failure as Failure {
    FileHandle.standardError.write(Data((failure.text + "\n").utf8))
    exit(1)
} catch {
    FileHandle.standardError.write(Data("\(error.localizedDescription)\n".utf8))
    exit(1)
}
