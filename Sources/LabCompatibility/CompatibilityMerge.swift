import LabBase

/// Merges reports on parts of the work, made one after the other, into one.
extension CompatibilityReport {
    /// Merges the reports in the files at `paths`, each the output of `forklab compatibility --json`.
    ///
    /// A case that was skipped or not finished gives way to the same case in another file; one that was finished
    /// twice is an error, so that no result can hide another. The report says which partly run cases gave way.
    /// Throws an `InputError` that names the file.
    package static func merged(from paths: [String]) throws(InputError) -> CompatibilityReport {
        var cases: [(result: CompatibilityResult, path: String)] = []
        var limits: [StatedLimit] = []
        var environments: [CompatibilityEnvironment] = []
        var replaced: [String] = []
        for path in paths {
            let report = try read(path)
            for result in report.results {
                if let other = cases.first(where: { $0.result.isOtherVersion(than: result) }) {
                    throw InputError(
                        path,
                        "\(result.place) is version \(result.version), but \(other.result.version) in \(other.path)"
                    )
                }
                guard let index = cases.firstIndex(where: { $0.result.isSameCase(as: result) }) else {
                    cases.append((result, path))
                    continue
                }
                let known = cases[index]
                guard !known.result.isFinished || !result.isFinished else {
                    throw InputError(path, "\(result.place) is in \(known.path) too; give one of them")
                }
                let isBetter =
                    !known.result.isFinished && (result.isFinished || result.wasRun && !known.result.wasRun)
                if isBetter { cases[index] = (result, path) }
                replaced += Self.replacement(
                    of: isBetter ? known : (result, path), by: cases[index].path)
            }
            limits += report.limits.filter { !limits.contains($0) }
            environments += report.environments ?? []
        }
        let results = cases.map(\.result).grouped(by: \.label)
        return CompatibilityReport(
            results: results, limits: limits, interrupted: results.contains { $0.unfinished == true },
            environments: environments, replaced: replaced)
    }

    /// Describes what is lost if a case gives way to that in the file `path`; nil if it was not run at all.
    private static func replacement(
        of known: (result: CompatibilityResult, path: String), by path: String
    ) -> [String] {
        guard known.result.wasRun else { return [] }
        let runs = known.result.modes.sorted { $0.key < $1.key }.map { "mode=\($0) \($1.text)" }
        let without = known.result.baseline.map { "without \($0.text)" }
        return [
            "\(known.result.place): not finished in \(known.path) "
                + "(\(([without].compactMap { $0 } + runs).joined(separator: ", "))); taken from \(path)"
        ]
    }

    private static func read(_ path: String) throws(InputError) -> CompatibilityReport {
        struct Head: Decodable { let schema: Int }
        let wanted = "give a file with what \"forklab compatibility --json\" printed"
        let text = try InputFile.read(path, advice: wanted)
        guard let head = try? JSONLine.decode(Head.self, from: text) else {
            throw InputError(path, "is not a JSON object with a schema; \(wanted)")
        }
        guard head.schema == CompatibilityReport.schema else {
            throw InputError(
                path, "has schema \(head.schema), this forklab reads \(CompatibilityReport.schema)")
        }
        guard let report = try? JSONLine.decode(CompatibilityReport.self, from: text) else {
            throw InputError(path, "is not a compatibility report, or not a complete one; \(wanted)")
        }
        guard !report.interrupted || report.results.contains(where: { $0.unfinished != nil }) else {
            throw InputError(path, "was interrupted, and does not say what is missing; run it again")
        }
        return report
    }
}

extension CompatibilityResult {
    fileprivate func isSameCase(as other: CompatibilityResult) -> Bool {
        label == other.label && fileSystem == other.fileSystem
    }

    /// Whether both are about one program in two versions, which one row cannot show.
    fileprivate func isOtherVersion(than other: CompatibilityResult) -> Bool {
        program == other.program && wasRun && other.wasRun && version != other.version
    }

    /// Whether any part of it was run.
    fileprivate var wasRun: Bool { baseline != nil }

    /// Whether all of it was run.
    fileprivate var isFinished: Bool { skipped == nil && unfinished != true }

    /// "redis bgsave file_system=tmpfs".
    fileprivate var place: String { "\(label) file_system=\(fileSystem)" }
}

extension Array {
    /// The elements with equal keys next to each other, keys and elements in order of appearance.
    fileprivate func grouped(by key: (Element) -> String) -> [Element] {
        var order: [String] = []
        for name in map(key) where !order.contains(name) { order.append(name) }
        return order.flatMap { name in filter { key($0) == name } }
    }
}
