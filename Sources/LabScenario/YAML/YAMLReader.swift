import LabBase
import Yams

/// A node of a YAML file that knows its place, so that every complaint can name it.
package struct YAMLReader {
    /// Where a text comes from, and so what complaints name.
    private enum Origin {
        /// A file: complaints name it with line and keys.
        case file(String)
        /// Options: complaints name the one that gave the key: "--KEY", unless this names another.
        case options([String: String])
    }

    private let origin: Origin
    private let node: Node
    /// The keys that lead here: "matrix.mode".
    private let path: String

    /// Parses `text`. Throws an `InputError` with the line of a syntax error.
    package init(text: String, file: String) throws(InputError) {
        self.init(.file(file), node: try Self.root(text, file: file), path: "")
    }

    /// Reads `node`, which was made from options: complaints name them.
    package init(_ node: Node, options: [String: String]) {
        self.init(.options(options), node: node, path: "")
    }

    private static func root(_ text: String, file: String) throws(InputError) -> Node {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw InputError(file, "the file is empty; give lines of the form \"key: value\"")
            }
            return node
        } catch let error as InputError {
            throw error
        } catch let YamlError.parser(_, problem, mark, _), let YamlError.scanner(_, problem, mark, _) {
            throw InputError("\(file):\(mark.line)", "not valid YAML: \(problem)")
        } catch let YamlError.composer(_, problem, mark, _) {
            throw InputError("\(file):\(mark.line)", "not valid YAML: \(problem)")
        } catch YamlError.reader(let problem, let offset, _, _) {
            let line = 1 + text.utf8.prefix(offset ?? 0).count { $0 == UInt8(ascii: "\n") }
            throw InputError("\(file):\(line)", "not valid YAML: \(problem)")
        } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
            // The error does not give the place of the second one.
            throw InputError(
                "\(file):\(context.mark.line)",
                "the mapping that begins here has the key \(duplicates.joined(separator: ", ")) twice; drop one"
            )
        } catch {
            throw InputError(file, "not valid YAML: \(error)")
        }
    }

    private init(_ origin: Origin, node: Node, path: String) {
        self.origin = origin
        self.node = node
        self.path = path
    }

    /// An error at this node.
    package func error(_ problem: String) -> InputError {
        switch origin {
        case .file(let file):
            return InputError(
                "\(file):\(node.mark?.line ?? 1)", path.isEmpty ? problem : "\(path): \(problem)")
        case .options(let names):
            let key = String(path.prefix { $0 != "." && $0 != "[" })
            return InputError(names[key] ?? (key.isEmpty ? "COMMAND" : "--\(key)"), problem)
        }
    }

    /// The entries of a mapping whose keys must be among `keys`, or accepted by `admit`; any key is valid if `keys`
    /// is nil. Throws `InputError`.
    func mapping(
        keys: [String]?, admit: (String) -> Bool = { _ in false }
    ) throws(InputError) -> [(key: String, value: YAMLReader)] {
        guard case .mapping(let mapping) = node else {
            throw error("is not a mapping; give lines of the form \"key: value\"")
        }
        var entries: [(key: String, value: YAMLReader)] = []
        for (keyNode, value) in mapping {
            let key = keyNode.scalar?.string ?? ""
            if key == "<<" {
                throw YAMLReader(origin, node: keyNode, path: path)
                    .error("mappings are not merged (<<); write the keys out")
            }
            if let keys, !keys.contains(key), !admit(key) {
                let place = YAMLReader(origin, node: keyNode, path: path)
                throw place.error(Nearest.unknown("key", key, among: keys))
            }
            entries.append(
                (key, YAMLReader(origin, node: value, path: path.isEmpty ? key : "\(path).\(key)")))
        }
        return entries
    }

    /// The entries of a mapping by key; keys must be among `keys`. Throws `InputError`.
    package func entries(keys: [String]) throws(InputError) -> YAMLMapping {
        YAMLMapping(self, try mapping(keys: keys))
    }

    /// Whether this node is a mapping.
    var isMapping: Bool {
        if case .mapping = node { true } else { false }
    }

    /// The elements of a list; a single value counts as a list of one. Throws `InputError`.
    package func list() throws(InputError) -> [YAMLReader] {
        guard case .sequence(let sequence) = node else { return [self] }
        guard !sequence.isEmpty else {
            throw error("is an empty list; give one value at least, or drop the key")
        }
        return sequence.enumerated().map { index, node in
            YAMLReader(origin, node: node, path: "\(path)[\(index + 1)]")
        }
    }

    /// The elements of a list as texts. Throws `InputError`.
    package func texts() throws(InputError) -> [String] {
        try list().map { entry throws(InputError) in try entry.text() }
    }

    /// A single value, as it is written. Throws `InputError`.
    package func text() throws(InputError) -> String {
        guard let scalar = node.scalar else { throw error("needs a single value") }
        guard !scalar.string.isEmpty else { throw error("is empty; give a value") }
        return scalar.string
    }

    /// A whole number in `range`. Throws `InputError`.
    package func count(in range: ClosedRange<Int>) throws(InputError) -> Int {
        let text = try text()
        guard let number = Int(text), range.contains(number) else {
            throw error(
                "\"\(text)\" is not valid; give a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// A value that is true or false. Throws `InputError`.
    package func flag() throws(InputError) -> Bool {
        let text = try text()
        guard let flag = Bool(text) else { throw error("\"\(text)\" is not a choice; give true or false") }
        return flag
    }

    /// A time, within the bounds that are given. Throws `InputError`.
    func time(atLeast least: String? = nil, atMost most: String? = nil) throws(InputError) -> Duration {
        let text = try text()
        guard let time = Duration(text: text) else { throw error(Duration.objection(to: text)) }
        if let least, let bound = Duration(text: least), time < bound {
            throw error("\"\(text)\" is too short; give \(least) at least")
        }
        if let most, let bound = Duration(text: most), time > bound {
            throw error("\"\(text)\" is too long; give \(most) at most")
        }
        return time
    }
}
