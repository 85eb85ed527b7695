import LabBase
import LabRun

/// Something in which two runs differ apart from their numbers.
package struct Difference: Codable, Equatable, Sendable {
    /// What differs: "kernel", "file system xfs", "mode=2 file_system=xfs: action".
    let what: String
    /// Its value in BASE.
    let base: String
    /// Its value in NEW.
    let new: String

    /// "kernel: 6.1 in BASE, 6.18 in NEW".
    package var description: String { "\(what): \(base) in BASE, \(new) in NEW" }

    /// nil if both values are equal.
    init?(_ what: String, _ base: String, _ new: String) {
        guard base != new else { return nil }
        (self.what, self.base, self.new) = (what, base, new)
    }
}

/// Finds how the machines and builds of two runs differ.
enum EnvironmentDifferences {
    private typealias Fact = (name: String, value: @Sendable (EnvironmentManifest) -> String?)

    /// Facts that can change what fork costs even without the library.
    private static let machine: [Fact] = [
        ("host", { $0.host }), ("kernel", { $0.kernel }), ("C library", { $0.libc }),
        ("processor", { $0.processor }), ("processors", { "\($0.processors)" }),
        ("processors allowed", { $0.processorsAllowed }), ("processor governor", { $0.processorGovernor }),
        ("memory", { Quantity.bytes(Double($0.memory)) }),
        ("transparent huge pages", { $0.transparentHugePages }),
        ("transparent huge pages of tmpfs", { $0.transparentHugePagesShmem }),
        ("overcommit", { $0.overcommit }), ("swappiness", { $0.swappiness }),
    ]
    private static let builds: [Fact] = [
        ("library build id", { $0.libraryBuildId }), ("git revision", { $0.gitRevision }),
        ("forklab version", { $0.forklabVersion }), ("seed", { "\($0.request.seed)" }),
    ]

    /// How the machines differ.
    static func machines(_ base: [EnvironmentManifest], _ new: [EnvironmentManifest]) -> [Difference] {
        let fileSystems = [base, new].map { Set($0.flatMap(\.fileSystems).map(\.name)) }
        let shared = fileSystems[0].intersection(fileSystems[1]).sorted().map { name -> Fact in
            (
                "file system \(name)",
                { manifest in
                    manifest.fileSystems.first { $0.name == name }.map { "\($0.type) (\($0.mountOptions))" }
                }
            )
        }
        return differences(machine + shared, base, new)
    }

    /// How the builds and settings differ that were run on them.
    static func builds(_ base: [EnvironmentManifest], _ new: [EnvironmentManifest]) -> [Difference] {
        differences(builds, base, new)
    }

    /// The facts that differ. A run of several parts may have several values.
    private static func differences(
        _ facts: [Fact], _ base: [EnvironmentManifest], _ new: [EnvironmentManifest]
    ) -> [Difference] {
        facts.compactMap { name, value in
            let (old, now) = (values(base, value), values(new, value))
            return Difference(name, old, now)
        }
    }

    private static func values(
        _ manifests: [EnvironmentManifest], _ value: (EnvironmentManifest) -> String?
    ) -> String {
        Set(manifests.map { value($0) ?? "unknown" }).sorted().joined(separator: " and ")
    }
}
