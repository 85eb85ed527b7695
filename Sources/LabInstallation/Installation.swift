import Foundation
import LabBase

/// An installation of libvmmalloc below a prefix: lays it, and removes what it has laid.
///
/// All that may be refused is checked before anything changes. What is laid is in the manifest before it is there, so
/// that an installation that was cut short can be repeated or removed.
package struct Installation {
    /// What was done, or with `dryRun` what would be.
    package struct Report: Codable, Sendable {
        /// The prefix, as programs will see it.
        package let prefix: String
        /// DESTDIR, in front of it; empty if there is none.
        package let destination: String
        /// Whether nothing was changed.
        package let dryRun: Bool
        /// Files and links that were laid, below the prefix.
        package var installed: [String] = []
        /// Files, links and folders that were removed.
        package var removed: [String] = []
        /// Files and links that are no longer what was laid, and so stay.
        package var kept: [String] = []
    }

    private let prefix: String
    private let destination: String
    /// The prefix's folder as it is now.
    private let root: String

    /// Below `prefix`, which may be relative to the working directory; `destination` (DESTDIR) goes in front of it.
    ///
    /// Throws `InputError` for a prefix that no folder can have.
    package init(prefix: String, destination: String = "") throws(InputError) {
        guard !prefix.isEmpty, !prefix.contains(where: \.isNewline) else {
            throw InputError("--prefix", "\"\(prefix)\" is no folder; give a path such as /usr/local")
        }
        let absolute = { (path: String) in URL(fileURLWithPath: path).standardizedFileURL.path }
        self.prefix = absolute(prefix)
        self.destination = destination.isEmpty ? "" : absolute(destination)
        root = self.destination + (self.prefix == "/" ? "" : self.prefix)
    }

    // MARK: Install

    /// Lays all parts. What lies in the way and was not laid by us is an `InputError`, unless it is to be overwritten.
    ///
    /// Throws `SystemCallError` too, if a file cannot be written.
    package func install(overwriting: Bool, dryRun: Bool) throws -> Report {
        let parts = try Layout(prefix: prefix).parts
        let old = try Manifest.read(in: root)
        var new = Manifest(items: try parts.map(item), folders: old?.folders ?? [])
        try refuseObstacles(
            parts + [Layout.Part(path: Manifest.path, content: .text(""))], old, overwriting: overwriting)
        let stale = (old?.items ?? []).filter { item in !new.items.contains { $0.path == item.path } }

        var report = Report(prefix: prefix, destination: destination, dryRun: dryRun)
        report.installed = parts.map(\.path) + [Manifest.path]
        (report.removed, report.kept) = try sort(stale, old)
        guard !dryRun else { return report }

        // An update is complete at its end, and known as begun until then.
        for path in report.installed { new.folders += try makeFolders(for: path) }
        try write(Manifest(items: new.items + (old?.items ?? []), folders: new.folders))
        for (part, item) in zip(parts, new.items) { try lay(part, item) }
        for path in report.removed { try FileOperations.remove("\(root)/\(path)") }
        try write(new)
        return report
    }

    private func item(_ part: Layout.Part) throws -> Manifest.Item {
        switch part.content {
        case .link(let target): return Manifest.Item(path: part.path, target: target)
        case .text(let text):
            return Manifest.Item(path: part.path, size: Int64(text.utf8.count), modified: Int64(time(nil)))
        case .copy(let source):
            var status = stat()
            guard stat(source, &status) == 0 else { throw SystemCallError("read \(source)") }
            return Manifest.Item(
                path: part.path, size: Int64(status.st_size), modified: Int64(status.st_mtim.tv_sec))
        }
    }

    private func lay(_ part: Layout.Part, _ item: Manifest.Item) throws {
        let path = "\(root)/\(part.path)"
        switch part.content {
        case .link(let target): try FileDraft.replace(path, byLinkTo: target)
        case .text(let text):
            try FileOperations.write(Data(text.utf8), to: path, modified: item.modified ?? 0)
        case .copy(let source):
            let content = try Data(contentsOf: URL(fileURLWithPath: source))
            try FileOperations.write(content, to: path, modified: item.modified ?? 0)
        }
    }

    /// Makes the folders that a path needs. Returns those that were missing, below the prefix.
    private func makeFolders(for path: String) throws(SystemCallError) -> [String] {
        var made: [String] = []
        let below = path.split(separator: "/").dropLast()
        let above = root.split(separator: "/")
        for depth in 1...(above.count + below.count) {
            let folder = "/" + (above + below).prefix(depth).joined(separator: "/")
            guard try PathState(folder) == .nothing else { continue }
            try FileOperations.makeFolder(folder)
            if depth >= above.count { made.append(Self.name(ofFolder: below.prefix(depth - above.count))) }
        }
        return made
    }

    private static func name(ofFolder components: some Sequence<Substring>) -> String {
        let name = components.joined(separator: "/")
        return name.isEmpty ? "." : name
    }

    private func write(_ manifest: Manifest) throws {
        try FileOperations.write(
            Data((JSONLine.encode(manifest) + "\n").utf8), to: "\(root)/\(Manifest.path)",
            modified: Int64(time(nil)))
    }

    // MARK: What is refused

    private func refuseObstacles(_ parts: [Layout.Part], _ old: Manifest?, overwriting: Bool) throws {
        var foreign: [String] = []
        for part in parts {
            let path = part.path
            try requireWritableFolder(for: path)
            let state = try PathState("\(root)/\(path)")
            let isOurs = path == Manifest.path ? old != nil : old?.knows(state, at: path) == true
            if let obstacle = Self.obstacle(state, to: part, isOurs: isOurs) {
                throw InputError("\(root)/\(path)", "\(obstacle); remove it, or give another --prefix")
            }
            if state != .nothing && !isOurs { foreign.append(path) }
        }
        guard let first = foreign.first, !overwriting else { return }
        let others = foreign.count > 1 ? " (and \(foreign.count - 1) more)" : ""
        throw InputError(
            "\(root)/\(first)\(others)",
            "is there, and was not laid by forklab or was changed since; overwrite it with --force")
    }

    /// What nobody means by --force: neither would the thing itself be replaced, nor what it leads to.
    private static func obstacle(_ state: PathState, to part: Layout.Part, isOurs: Bool) -> String? {
        switch (state, part.content) {
        case (.folder, _): "is a folder"
        case (.other, _): "is neither a file nor a link"
        case (.link(let target), .copy), (.link(let target), .text):
            isOurs ? nil : "is a link to \(target), and a file is to lie there"
        default: nil
        }
    }

    private func requireWritableFolder(for path: String) throws {
        var folder = RealPath.folder(of: "\(root)/\(path)")
        while access(folder, F_OK) != 0, folder.count > 1 {
            let parent = RealPath.folder(of: folder)
            folder = parent.isEmpty ? "/" : parent
        }
        guard Folder.exists(folder) else {
            throw InputError(folder, "is no folder; remove it, or give another --prefix")
        }
        guard access(folder, W_OK | X_OK) == 0 else {
            throw InputError(
                folder, "is not writable for this user; be root, or give another --prefix")
        }
    }

    // MARK: Uninstall

    /// Removes all that was laid, and the folders that were made for it and hold nothing else. What is no longer as it
    /// was laid stays, unless it is to be removed too.
    ///
    /// Throws `InputError` where nothing was laid, `SystemCallError` if something cannot be removed.
    package func uninstall(removingChanged: Bool, dryRun: Bool) throws -> Report {
        guard var manifest = try Manifest.read(in: root) else {
            throw InputError(
                "\(root)/\(Manifest.path)",
                "no such file: forklab has installed nothing here; give the --prefix of an installation")
        }
        var report = Report(prefix: prefix, destination: destination, dryRun: dryRun)
        (report.removed, report.kept) = try sort(manifest.items, removingChanged ? nil : manifest)
        if report.kept.isEmpty { report.removed.append(Manifest.path) }
        for path in report.removed { try requireWritableFolder(for: path) }
        guard !dryRun else { return report }

        for path in report.removed { try FileOperations.remove("\(root)/\(path)") }
        if !report.kept.isEmpty {
            manifest.items.removeAll { !report.kept.contains($0.path) }
            try write(manifest)
        }
        // The deepest first.
        for folder in manifest.folders.sorted(by: { $0.utf8.count > $1.utf8.count })
        where FileOperations.removeIfEmpty(folder == "." ? root : "\(root)/\(folder)") {
            report.removed.append(folder)
        }
        return report
    }

    /// Which paths are still as `manifest` knows them (nil: all that can be removed), and which are not.
    private func sort(
        _ items: [Manifest.Item], _ manifest: Manifest?
    ) throws -> (removed: [String], kept: [String]) {
        var removed: [String] = []
        var kept: [String] = []
        for path in Set(items.map(\.path)).sorted() {
            let state = try PathState("\(root)/\(path)")
            guard state != .nothing else { continue }
            let isOurs = manifest.map { $0.knows(state, at: path) } ?? (state != .folder)
            if isOurs { removed.append(path) } else { kept.append(path) }
        }
        return (removed, kept)
    }
}
