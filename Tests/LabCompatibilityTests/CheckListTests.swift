import Testing

@testable import LabCompatibility

@Suite("Checks that a script prints") struct CheckListTests {
    @Test("Success, skip and failure, with the details below")
    func lines() {
        let list = CheckList(
            """
            noise
            ok first
            ok second thing # SKIP no such device
            not ok third
              # line 3
              #   deeper
            okay, more noise
            """)
        #expect(list.checks.map(\.name) == ["first", "second thing", "third"])
        #expect(list.checks.map(\.status) == [.passed, .skipped, .failed])
        #expect(list["third"]?.details == ["line 3", "deeper"])
        #expect(list["fourth"] == nil)
    }

    @Test("A hash in a name is not a directive")
    func hash() {
        #expect(CheckList("ok issue#3").checks == [.init(name: "issue#3", status: .passed)])
    }
}
