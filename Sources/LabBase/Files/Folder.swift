import Glibc

/// Folders and their entries.
package enum Folder {
    /// Whether `path` is a folder, or a link to one.
    package static func exists(_ path: String) -> Bool { FileType.of(path) == S_IFDIR }

    /// The names of the entries of the folder at `path`, in no order; nil if it cannot be read.
    package static func read(_ path: String) -> [String]? {
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
