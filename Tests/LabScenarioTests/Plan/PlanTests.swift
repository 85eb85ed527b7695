import Testing

@testable import LabScenario

@Suite("The plan of a run") struct PlanTests {
    private func scenario(seed: Int = 1, extra: String = "") throws -> Scenario {
        try Scenario.parse(
            """
            title: T
            question: Q
            workload: {name: throughput, pool_size: 64M}
            matrix:
              mode: [1, 2]
              reference: [glibc]
              file_system: [tmpfs, xfs]
              threads: [1, 2]
            trials: 4
            warm_up: 1
            seed: \(seed)
            \(extra)
            """, file: "s.yaml")
    }

    @Test("Cells are the product; a reference has no file system")
    func product() throws {
        let cells = Plan(try scenario(), fileSystems: ["tmpfs", "xfs"]).cells
        #expect(cells.count == (2 * 2 + 1) * 2)
        #expect(cells.count { $0["reference"] == "glibc" && $0["file_system"] == nil } == 2)
        #expect(cells.allSatisfy { $0["pool_size"] == "64M" })
        #expect(cells[0].description == "mode=1 file_system=tmpfs pool_size=64M threads=1")
    }

    @Test("A file system that is not available has no cells")
    func skipped() throws {
        let cells = Plan(try scenario(), fileSystems: ["xfs"]).cells
        #expect(cells.count == 6 && !cells.contains { $0["file_system"] == "tmpfs" })
    }

    @Test("exclude drops cells that have all its values, include adds cells once")
    func includeExclude() throws {
        let extra = """
            exclude:
              - {mode: 2, threads: 2}
            include:
              - {mode: 3, file_system: xfs, threads: 8}
              - {mode: 3, file_system: btrfs, threads: 8}
              - {mode: 1, file_system: xfs, threads: 1}
            """
        let cells = Plan(try scenario(extra: extra), fileSystems: ["tmpfs", "xfs"]).cells
        #expect(!cells.contains { $0["mode"] == "2" && $0["threads"] == "2" })
        #expect(cells.count { $0["mode"] == "3" } == 1)
        #expect(cells.count == 10 - 2 + 1)
    }

    @Test("Every cell is tried once before any is tried again, warm-up first")
    func interleaved() throws {
        let plan = Plan(try scenario(), fileSystems: ["tmpfs", "xfs"])
        #expect(plan.steps.count == plan.cells.count * 5)
        for pass in 0..<5 {
            let steps = plan.steps[pass * plan.cells.count..<(pass + 1) * plan.cells.count]
            #expect(Set(steps.map(\.cell)) == Set(plan.cells))
            #expect(steps.allSatisfy { $0.trial == pass && $0.isWarmUp == (pass == 0) })
        }
    }

    @Test(
        "The same seed gives the same order, another seed a different one, and no pass repeats the previous one"
    )
    func seeded() throws {
        let fileSystems = ["tmpfs", "xfs"]
        let plan = Plan(try scenario(), fileSystems: fileSystems)
        #expect(Plan(try scenario(), fileSystems: fileSystems).steps == plan.steps)
        #expect(Plan(try scenario(seed: 2), fileSystems: fileSystems).steps != plan.steps)
        let size = plan.cells.count
        #expect(plan.steps[0..<size].map(\.cell) != plan.steps[size..<2 * size].map(\.cell))
    }

    @Test("Labels show the keys that differ")
    func labels() throws {
        let plan = Plan(try scenario(), fileSystems: ["tmpfs"])
        #expect(CellLabels(plan.cells).label(plan.cells[0]) == "mode=1 file_system=tmpfs threads=1")
    }
}
