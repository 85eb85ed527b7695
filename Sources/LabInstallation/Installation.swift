import Foundation
import LabBase
import SystemPackage

/// An installation of libvmmalloc below a prefix: installs files, and removes what it has installed.
///
/// Every reason to refuse is checked before anything changes. Files are recorded in the manifest before they are written, so
/// that an installation that was cut short can be repeated or removed.
package struct Installation {
    /// What was done, or what would be done with `dryRun`.
    package struct Report: Codable, Sendable {
        /// The prefix, as programs will see it.
        package let prefix: String
        /// DESTDIR, which precedes the prefix; empty if there is none.
        package let destination: String
        /// Whether nothing was changed.
        package let dryRun: Bool
        /// Files and links that were installed, relative to the prefix.
        package var installed: [String] = []
        /// Files, links and folders that were removed.
        package var removed: [String] = []
        /// Files and links that were changed since they were installed, and so stay.
        package var kept: [String] = []
    }

    private let prefix: String
    private let destination: String
    /// The prefix's folder at present, DESTDIR included.
    private let root: String

    /// An installation below `prefix`, which may be relative to the working directory; `destination` (DESTDIR) precedes it.
    ///
    /// Throws `InputError` for a prefix that cannot be a folder.
    package init(prefix: String, destination: String = "") throws(InputError) {
        guard !prefix.isEmpty, !prefix.contains(where: \.isNewline) else {
            throw InputError("--prefix", "\"\(prefix)\" is not a folder; give a path such as /usr/local")
        }
        let absolute = { (path: String) in URL(fileURLWithPath: path).standardizedFileURL.path }
        self.prefix = absolute(prefix)
        self.destination = destination.isEmpty ? "" : absolute(destination)
        root = self.destination + (self.prefix == "/" ? "" : self.prefix)
    }

    // MARK: Install

    /// Installs all parts.
    ///
    /// Throws `InputError` if something that we did not install is in the way, unless `overwriting`; `SystemCallError` if a file
    /// cannot be written.
    package func install(overwriting: Bool, dryRun: Bool) throws -> Report {
        let made = try TemporaryDirectory.large()
        defer { made.remove() }
        let parts = try Layout(prefix: prefix, madeIn: made.path).parts
        let old = try Manifest.read(in: root)
        var new = Manifest(items: try parts.map(item), folders: old?.folders ?? [])
        try refuseObstacles(
            parts + [Layout.Part(path: Manifest.path, content: .text(""))], old, overwriting: overwriting)
        let stale = (old?.items ?? []).filter { item in !new.items.contains { $0.path == item.path } }

        var report = Report(prefix: prefix, destination: destination, dryRun: dryRun)
        report.installed = parts.map(\.path) + [Manifest.path]
        (report.removed, report.kept) = try sort(stale, old)
        guard !dryRun else { return report }

        // Until an update is complete, the manifest records it as begun.
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

    /// Makes the folders that a path needs. Returns those that were missing, relative to the prefix. Throws `SystemCallError`.
    private func makeFolders(for path: String) throws(SystemCallError) -> [String] {
        var made: [String] = []
        let top = FilePath("\(root)/")
        for folder in RealPath.foldersAbove(top.appending(path).removingLastComponent().string) {
            guard try PathState(folder) == .nothing else { continue }
            try FileOperations.makeFolder(folder)
            var name = FilePath(folder)
            if name.removePrefix(top) { made.append(name.isEmpty ? "." : name.string) }
        }
        return made
    }

    private func write(_ manifest: Manifest) throws {
        try FileOperations.write(
            Data((JSONLine.encode(manifest) + "\n").utf8), to: "\(root)/\(Manifest.path)",
            modified: Int64(time(nil)))
    }

    // MARK: Refusals

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
            "is there, and was not installed by forklab or was changed since; overwrite it with --force")
    }

    /// An obstacle that even --force must not remove, since neither the thing itself nor its target would be replaced; or nil.
    private static func obstacle(_ state: PathState, to part: Layout.Part, isOurs: Bool) -> String? {
        switch (state, part.content) {
        case (.folder, _): "is a folder"
        case (.other, _): "is neither a file nor a link"
        case (.link(let target), .copy), (.link(let target), .text):
            isOurs ? nil : "is a link to \(target), and a file must go there"
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
            throw InputError(folder, "is not a folder; remove it, or give another --prefix")
        }
        guard access(folder, W_OK | X_OK) == 0 else {
            throw InputError(
                folder, "is not writable for this user; be root, or give another --prefix")
        }
    }

    // MARK: Uninstall

    /// Removes everything that was installed, and the folders that were made for it and contain nothing else. Files that were
    /// changed since then stay, unless `removingChanged`.
    ///
    /// Throws `InputError` if nothing was installed, `SystemCallError` if something cannot be removed.
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

    /// Sorts paths into those that are still as `manifest` recorded them (nil: all that can be removed), and the others.
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
