import Foundation
import Testing
import LabTestSupport

@testable import LabReport
@testable import LabScenario
@testable import WorkloadSchema

@Suite("Plots of parameters other than the heap") struct PlotTests {
    /// Results of a store with children that lived on, at two rates.
    private static func results() throws -> (fixture: ResultFixture, results: ResultSet) {
        let fixture = try ResultFixture(
            title: "T", workload: "store", varied: "rate: [1000, 4000]", addTo: note)
        return (fixture, try ResultSet(directory: fixture.path))
    }

    /// Passes, three forks, and memory that grows by the rate.
    private static func note(_ sample: inout Sample) {
        let rate = Int64(sample.cell["rate"] ?? "") ?? 0
        func timing(_ phase: Phase, fork: Int, _ time: UInt64) -> WorkloadReport.Timing {
            .init(phase: phase, fork: fork, depth: 1, nanoseconds: time, minorFaults: 0, majorFaults: 0)
        }
        sample.report?.timings += [
            timing(.parentFirstWrite, fork: 1, 1_000_000), timing(.parentFirstRead, fork: 1, 2_000_000),
            timing(.childFirstWrite, fork: 1, 3_000_000), timing(.childFirstRead, fork: 1, 4_000_000),
            timing(.forkStall, fork: 2, 5_000_000), timing(.forkStall, fork: 3, 6_000_000),
        ]
        let samples = (0..<20).map { index in
            UsageSeries.Sample(
                at: UInt64(index) * 50_000_000, memory: 1 << 30 + max(0, Int64(index) - 4) * rate,
                space: sample.cell["mode"] == nil ? nil : 7 << 20)
        }
        sample.report?.usageSeries = UsageSeries(samples, fork: 210_000_000)
    }

    @Test("Each exists, and says in words what it shows")
    func descriptions() throws {
        let (fixture, results) = try Self.results()
        try withExtendedLifetime(fixture) {
            let plots = Plot.all(of: results)
            func plot(_ name: String) throws -> Plot {
                try #require(plots.first { $0.name == name }, "\(plots.map(\.name))")
            }
            let forks = try plot("stall-against-fork-number")
            #expect(forks.description.contains("at the first, 6.00 ms at fork 3."))
            #expect(forks.data.contains("\n2\t5000000\n3\t6000000"))
            let passes = try plot("passes-tmp")
            #expect(passes.description.contains("parent_first_write 1.00 ms, parent_first_read 2.00 ms"))
            #expect(passes.data.contains("\"child first read\"\t4000000"))
            let cost = try plot("cost-against-rate")
            #expect(cost.description.contains("rate 1000 to 4000: fork_stall "))
            let time = try plot("usage-over-time-tmp")
            // 15 samples after the one before the fork.
            #expect(time.description.contains("rate=4000: 58.6 KiB of memory, 0 B of space."))
            #expect(time.data.contains("\n-10\t0\t0\n40\t4000\t0\n"))
        }
    }

    @Test("gnuplot draws each without a complaint", .needs("gnuplot", package: "gnuplot-nox"))
    func drawn() throws {
        let (fixture, results) = try Self.results()
        try withExtendedLifetime(fixture) {
            let plots = Plot.all(of: results)
            let (documents, failures) = try Gnuplot().draw(plots)
            #expect(failures.isEmpty)
            for plot in plots {
                #expect(PageStructure(try #require(documents[plot.name])).failure == nil, "\(plot.name)")
            }
        }
    }

    @Test("A series counts from just before the fork")
    func series() throws {
        let samples = [(10, 100, 7), (20, 130, 7), (30, 190, 9)].map {
            UsageSeries.Sample(at: $0.0, memory: $0.1, space: $0.2)
        }
        let series = try #require(UsageSeries(samples, fork: 25))
        #expect(series.times == [-15, -5, 5])
        #expect(series.memory == [-30, 0, 60])
        #expect(series.space == [0, 0, 2])
        // Nothing is known about the time before.
        #expect(UsageSeries(samples, fork: 5) == nil)
    }
}
