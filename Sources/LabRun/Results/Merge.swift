import Algorithms
import Glibc
import LabBase
import LabScenario

/// Merges several result directories, usually shards from several hosts, into one.
package struct Merge {
    private let parts: [ResultDirectory]
    private let output: String
    /// Differences between the hosts that readers of the numbers must know.
    package let differences: [String]
    /// The number of missing trials.
    package let gaps: Int

    /// Checks that `directories` are parts of one run. With `allowGaps` trials may be missing.
    ///
    /// Throws an `InputError` that says what does not fit together.
    package init(_ directories: [String], output: String, allowGaps: Bool) throws(InputError) {
        let advice = "give another directory"
        try ResultDirectory.checkUnused(output, option: "OUT", advice: advice)
        if let found = Folder.read(output)?.min() {
            throw InputError("OUT", "\(output) is not empty (\(found)); \(advice)")
        }
        guard !directories.isEmpty else {
            throw InputError("DIR", "is missing; give the directories to merge")
        }
        let parts = try directories.map { path throws(InputError) in try ResultDirectory(reading: path) }
        for part in parts.dropFirst() { try Self.check(part, against: parts[0]) }
        try Self.checkDoubles(parts)
        let asked = Set(parts.flatMap(\.manifests).flatMap(\.request.cells))
        let scenario = parts[0].scenario
        let cells = Plan.cells(of: scenario).filter(asked.contains)
        let missing = Plan(scenario, cells: cells, shard: .whole).missing(in: parts.flatMap(\.samples))
            .filter { !$0.isWarmUp }
        if let first = missing.first, !allowGaps {
            throw InputError(
                "merge",
                "\(missing.count) \(missing.count == 1 ? "trial is" : "trials are") missing, the first is trial \(first.trial) of \(first.cell); add the "
                    + "shards that have them, finish these with forklab run --resume, or give --partial")
        }
        gaps = missing.count
        differences = Self.differences(parts.flatMap(\.manifests))
        (self.parts, self.output) = (parts, output)
    }

    /// Writes the merged directory, whole or not at all; `conclude` draws and writes the conclusions.
    ///
    /// Throws `InputError` if it cannot be written.
    package func perform<Conclusion>(conclude: (ResultDirectory) throws -> Conclusion) throws
        -> Conclusion
    {
        try OutputOption.named("OUT", advice: "give a directory that can be made") { try write(conclude) }
    }

    private func write<Conclusion>(_ conclude: (ResultDirectory) throws -> Conclusion) throws -> Conclusion {
        let parent = RealPath.folder(of: output)
        if !parent.isEmpty { try OutputFile.makeDirectory(parent) }
        // A link to an empty directory is kept, and so are mode and owner of the directory.
        let place = RealPath.resolve(output) ?? output
        let draft = "\(place).\(getpid()).tmp"
        guard mkdir(draft, 0o755) == 0 else { throw SystemCallError("create \(output)") }
        do {
            var old = stat()
            if stat(place, &old) == 0 { try OutputFile.adopt(old, draft) }
            let results = ResultDirectory(
                path: draft, scenario: parts[0].scenario, manifests: parts.flatMap(\.manifests),
                samples: parts.flatMap(\.samples))
            try results.writeAll()
            let conclusion = try conclude(results)
            guard rename(draft, place) == 0 else { throw SystemCallError("create \(output)") }
            return conclusion
        } catch {
            for file in ResultDirectory.File.allCases { unlink(file.path(in: draft)) }
            rmdir(draft)
            throw error
        }
    }

    private static func check(_ part: ResultDirectory, against first: ResultDirectory) throws(InputError) {
        guard part.scenario.source == first.scenario.source else {
            throw InputError(
                part.path, "has a different scenario.yaml than \(first.path); merge parts of one scenario")
        }
        let (own, other) = (part.manifests[0], first.manifests[0])
        guard part.scenario.trials == first.scenario.trials else {
            throw InputError(
                part.path,
                "was to make \(part.scenario.trials) trials of each cell, \(first.path) \(first.scenario.trials); "
                    + "run all shards with the same --trials")
        }
        guard own.libraryBuildId == other.libraryBuildId else {
            throw InputError(
                part.path,
                "measured a different library (build id \(own.libraryBuildId ?? "none")) than \(first.path) "
                    + "(\(other.libraryBuildId ?? "none")); run all shards with the same build")
        }
        for fileSystem in part.fileSystems {
            guard let known = first.fileSystems.first(where: { $0.name == fileSystem.name }),
                known.type != fileSystem.type
            else { continue }
            throw InputError(
                part.path,
                "file_system=\(fileSystem.name) is \(fileSystem.type) there and \(known.type) in \(first.path); "
                    + "leave one of them out")
        }
    }

    private static func checkDoubles(_ parts: [ResultDirectory]) throws(InputError) {
        var places: [Int: String] = [:]
        var runs: Set<String> = []
        for part in parts {
            for manifest in part.manifests where !runs.insert(manifest.run).inserted {
                throw InputError(
                    part.path, "contains the run \(manifest.run) of another part; give each part once")
            }
            for sample in part.samples where !sample.warmUp {
                if let place = places.updateValue(part.path, forKey: sample.sequence) {
                    throw InputError(
                        part.path,
                        "trial \(sample.trial) of \(sample.cell) is also in \(place); merge shards of one run, "
                            + "each once")
                }
            }
        }
    }

    private static func differences(_ manifests: [EnvironmentManifest]) -> [String] {
        let facts: [(name: String, value: (EnvironmentManifest) -> String?)] = [
            ("kernel", \.kernel), ("libc", \.libc), ("processor", \.processor),
            ("processors", { "\($0.processors)" }), ("transparent_huge_pages", \.transparentHugePages),
            ("transparent_huge_pages_shmem", \.transparentHugePagesShmem), ("overcommit", \.overcommit),
        ]
        return facts.compactMap { name, value in
            let values = manifests.map { value($0) ?? "none" }.uniqued(on: \.self)
            return values.count < 2
                ? nil : "\(name) is not the same on all hosts: \(values.joined(separator: "; "))"
        }
    }
}
