import Glibc
import Testing
import LabTestSupport

@testable import LabProcess
@testable import LabRun
@testable import LabScenario

@Suite("Samples on disk") struct SampleLogTests {
    @Test("Samples come back as they were written; a torn last line is left out")
    func roundTrip() throws {
        let path = "/tmp/forklab-samples-\(getpid()).jsonl"
        defer { unlink(path) }
        var crashed = Fixtures.sample(["mode": "2", "file_system": "xfs"], trial: 0)
        crashed.report = nil
        crashed.record(.signalled(6))
        let samples = [Fixtures.sample(["mode": "1"]), crashed]
        let log = try SampleLog(path: path)
        for sample in samples { try log.append(sample) }
        let file = fopen(path, "a")
        fputs("{\"schema\":1,\"cel", file)
        fclose(file)
        #expect(try SampleLog.read(path: path) == samples)
        #expect(samples[1].warmUp && !samples[0].warmUp)
    }
}
