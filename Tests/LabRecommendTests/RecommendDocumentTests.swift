import Testing
import LabTestSupport

@testable import LabBase
@testable import LabDoctor
@testable import LabRecommend
@testable import LabRun
@testable import Measurement

@Suite("A recommendation as text") struct RecommendDocumentTests {
    private static let room = PoolRoom(
        available: 4 * 1_073_741_824, memory: 8 * 1_073_741_824, isMemory: false, poolSize: 1_073_741_824,
        inUse: 858_993_459, children: 1)

    private func text(
        _ limits: Limits, reflink: Bool = false, workload: ForkingWorkload = .standard(threadsWrite: false),
        command: [String] = [], measurements: [CandidateMeasurement]? = nil,
        results: String? = "results/local/r"
    ) throws -> String {
        let fileSystem = try JSONLine.decode(
            UsableFileSystem.self,
            from: """
                {"name": "/data", "directory": "/data", "type": "\(reflink ? "xfs" : "ext4")", "mount_options": "rw", \
                "reflink": \(reflink), "dax": false, "available": 4294967296}
                """)
        let diagnosis = try JSONLine.decode(
            Diagnosis.self,
            from: """
                {"schema": 1, "topics": [{"title": "Noise", "findings": [
                {"state": "hurts", "subject": "load average", "detail": "5.1 on 2 processors", "advice": "stop programs"},
                {"state": "ok", "subject": "steal time", "detail": "0.0 %", "advice": ""}]}]}
                """)
        let request = RecommendRequest(
            directory: "/data", workload: try workload.with(poolSize: "1G"), limits: limits,
            timeBudget: .seconds(600), command: command)
        let usual = reflink ? CandidateMeasurement.reflink : CandidateMeasurement.usual
        let report = RecommendReport(
            request, limits: limits,
            RecommendEvidence(
                fileSystem: fileSystem, room: Self.room, measurements: measurements ?? usual,
                referenceStall: command.isEmpty ? Estimate([26, 27, 27, 28, 29].map { $0 * 1e6 }) : nil,
                results: results, end: .complete, diagnosis: diagnosis, library: "/opt/lib/libvmmalloc.so"))
        return RecommendDocument(report).text + "\n"
    }

    @Test("An answer")
    func answer() throws {
        let text = try text(.of(stall: 5))
        #expect(text == (try GoldenFile.read("answer.txt", for: text)))
    }

    @Test("An answer that rests on promises, for a command")
    func promises() throws {
        let own = OwnCommand(
            arguments: ["server", "--name", "it's", "{port}"], steps: [("trigger", "kill -USR1 {server_pid}")]
        )
        let text = try text(
            .of(memory: 16, space: 1000), reflink: true, workload: own.workload(), command: own.arguments)
        #expect(text == (try GoldenFile.read("promises.txt", for: text)))
    }

    @Test("No mode within the limits")
    func none() throws {
        let text = try text(.of(stall: 5, memory: 16))
        #expect(text == (try GoldenFile.read("none.txt", for: text)))
    }

    @Test("No recommendation, since nothing was measured")
    func refused() throws {
        let obstacle = "the pool of 1.00 GiB cannot be measured"
        let measurements = Candidate.all(reflink: false, isSpaceKept: false).map {
            CandidateMeasurement($0, trials: 0, obstacle: obstacle)
        }
        let text = try text(.of(), measurements: measurements, results: nil)
        #expect(text == (try GoldenFile.read("refused.txt", for: text)))
    }
}
