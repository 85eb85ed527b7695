// Prints which target of the package depends on which, lowest first. Fails if a source imports something that its
// target does not name in Package.swift, since the compiler finds every module that was built, named or not. Run it in
// the package's folder.
import Foundation

/// The most lines that a target of the harness may have. With more, it should be divided.
let mostLines = 4500

/// The library's core. It is not part of the harness: the library's two builds compile it into one module with the code
/// above it.
let core = "AllocatorCore"

struct Failure: Error { let text: String }

/// The output of a program. Throws if it fails.
func output(_ arguments: String...) throws -> Data {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw Failure(text: "\(arguments.joined(separator: " ")) fails; run it by hand")
    }
    return data
}

/// A target as `swift package dump-package` describes it.
struct Target: Decodable {
    /// What it may import: targets by name, and products of other packages, whose modules have the same name.
    struct Dependency: Decodable {
        let byName: [String?]?
        let target: [String?]?
        let product: [ProductPart?]?

        var module: String? { byName?.first ?? target?.first ?? product?.first??.name }
    }

    /// A part of a product's description; only its name matters.
    struct ProductPart: Decodable {
        let name: String?

        init(from decoder: any Decoder) throws {
            name = try? decoder.singleValueContainer().decode(String.self)
        }
    }

    let name: String
    let type: String
    let path: String?
    let dependencies: [Dependency]

    /// The name by which it is imported.
    var module: String { name.replacing("-", with: "_") }
    var modules: Set<String> { Set(dependencies.compactMap { $0.module?.replacing("-", with: "_") }) }
    var folder: String { path ?? (type == "test" ? "Tests/" : "Sources/") + name }

    /// Its Swift files, without those that a symbolic link leads to.
    func files() -> [String] {
        let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }.sorted()
    }
}

struct Package: Decodable { let targets: [Target] }

func imports(of text: String) -> Set<String> {
    let pattern =
        #/^(?:@\w+ )*(?:package |public |internal |private )?import (?:struct |enum |class |func )?(\w+)/#
    let lines = text.split(separator: "\n")
    return Set(lines.compactMap { line in (try? pattern.firstMatch(in: line)).map { String($0.output.1) } })
}

/// The longest path down: 0 for a target that depends on none of ours.
func height(of module: String, in targets: [String: Target], below: [String] = []) throws -> Int {
    guard !below.contains(module) else {
        throw Failure(text: "targets in a circle: \((below + [module]).joined(separator: " -> "))")
    }
    let heights = try (targets[module]?.modules ?? []).filter { targets[$0] != nil }.map {
        try height(of: $0, in: targets, below: below + [module])
    }
    return heights.max().map { $0 + 1 } ?? 0
}

do {
    let package = try JSONDecoder().decode(Package.self, from: output("swift", "package", "dump-package"))
    let targets = Dictionary(uniqueKeysWithValues: package.targets.map { ($0.module, $0) })
    let outside = Set(package.targets.flatMap(\.modules)).subtracting(targets.keys)
    let documented = try String(contentsOfFile: "docs/architecture.md", encoding: .utf8)
    var wrong: [String] = []
    var rows: [(height: Int, line: String)] = []
    for target in package.targets where target.type != "system" {
        var lines = 0
        var used: Set<String> = []
        let isOurs = target.files().map { URL(fileURLWithPath: $0) }.allSatisfy {
            $0.resolvingSymlinksInPath().path == $0.standardizedFileURL.path
        }
        for file in target.files() {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            lines += text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
            let known = imports(of: text).filter { targets[$0] != nil || outside.contains($0) }
            used.formUnion(known)
            for module in known.subtracting(target.modules).sorted() {
                wrong.append(
                    "\(file): imports \(module), which \(target.name) does not stand on; name it in Package.swift "
                        + "if the arrow points downward, else move what is needed into a lower target")
            }
        }
        for module in target.modules.subtracting(used).sorted() where target.type != "test" {
            guard isOurs, targets[module]?.type != "executable", targets[module]?.files().isEmpty == false
            else {
                continue
            }
            wrong.append("Package.swift: \(target.name) names \(module) and imports it nowhere; leave it out")
        }
        if target.type != "test" {
            if lines > mostLines, target.name != core {
                wrong.append("\(target.folder): has \(lines) lines; divide what has more than \(mostLines)")
            }
            if !documented.contains("`\(target.name)/") {
                wrong.append("docs/architecture.md: does not say what `\(target.name)/` is")
            }
        }
        let level = try height(of: target.module, in: targets)
        let names = target.modules.filter { targets[$0] != nil }.sorted().joined(separator: " ")
        if target.type != "test" {
            rows.append((level, "\(target.name) (\(lines) lines)\(names.isEmpty ? "" : " -> \(names)")"))
        }
    }
    for row in rows.sorted(by: { ($0.height, $0.line) < ($1.height, $1.line) }) {
        print("\(row.height)  \(row.line)")
    }
    for line in wrong { print(line) }
    exit(wrong.isEmpty ? 0 : 1)
} catch {
    print((error as? Failure)?.text ?? "\(error)")
    exit(1)
}
