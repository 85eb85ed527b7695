import Testing

@testable import LabScenario
@testable import WorkloadSchema

/// The library takes whole numbers with at most one letter. Every other form that scenarios allow is converted when it is read.
@Suite("Pool sizes in the form that the library takes") struct PoolSizeTests {
    private static func scenario(_ lines: String) throws -> Scenario {
        try Scenario.parse("title: T\nquestion: Q\n\(lines)\n", file: "s.yaml")
    }

    private static func sizes(_ lines: String) throws -> [String?] {
        Plan.cells(of: try scenario(lines)).map { $0["pool_size"] }
    }

    @Test(
        "A size in other words",
        arguments: zip(["64MiB", "0.0625G", "64mb", "65536KiB"], ["64M", "64M", "64M", "64M"]))
    func normalized(written: String, taken: String) throws {
        #expect(WorkloadParameter.poolSize.normalized(written) == taken)
        let matrix = "matrix: {mode: 1, file_system: tmpfs"
        #expect(try Self.sizes("workload: {name: heap, pool_size: \(written)}\n\(matrix)}") == [taken])
        #expect(try Self.sizes("workload: {name: heap}\n\(matrix), pool_size: [\(written)]}") == [taken])
        #expect(
            try Self.sizes("program: {start: x, trigger: x, pool_size: \(written)}\n\(matrix)}") == [taken])
        #expect(
            try Self.sizes(
                "workload: {name: heap}\n\(matrix)}\ninclude: [{mode: 2, file_system: tmpfs, pool_size: \(written)}]"
            )
                == [nil, taken])
    }

    @Test(
        "What the library takes stays as it is written: cells keep their names",
        arguments: ["64M", "64m", "1024M", "67108864"])
    func kept(size: String) { #expect(WorkloadParameter.poolSize.normalized(size) == size) }

    @Test("The same size given twice is detected, however it is written")
    func twice() {
        #expect(throws: (any Error).self) {
            try Self.scenario(
                "workload: {name: heap}\nmatrix: {mode: 1, file_system: tmpfs, pool_size: [64M, 64MiB]}")
        }
    }

    @Test("Selectors find cells by either form")
    func selected() throws {
        let scenario = try Self.scenario(
            """
            workload: {name: heap}
            matrix: {mode: 1, file_system: tmpfs, pool_size: [64MiB, 1G, 2G]}
            exclude: [{pool_size: 1024MiB}]
            expect: ["pool_size=64MiB|2GiB.fork_stall < 1 s"]
            """)
        #expect(Plan.cells(of: scenario).map { $0["pool_size"] } == ["64M", "2G"])
        let filter = try CellFilter(["pool_size=0.0625G"], for: scenario)
        #expect(Plan.cells(of: scenario).filter(filter.keeps).map { $0["pool_size"] } == ["64M"])
    }
}
