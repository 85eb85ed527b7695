import Testing

@testable import LabBase

@Suite("Durations") struct DurationTests {
    @Test("A duration as a count of nanoseconds")
    func nanoseconds() {
        #expect(Duration.seconds(86_400).nanoseconds == 86_400_000_000_000)
        #expect(Duration.milliseconds(1_500).nanoseconds == 1_500_000_000)
        #expect(Duration.nanoseconds(1).nanoseconds == 1)
        #expect(Duration.zero.nanoseconds == 0 && Duration.seconds(-1.5).nanoseconds == 0)
    }
}
