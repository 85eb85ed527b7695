import Testing

@testable import LabRun
@testable import Measurement
@testable import WorkloadSchema

@Suite("Verdicts on the forks of a server") struct ServerVerdictTests {
    private let verdicts = ServerVerdicts(mode: .poolCopy, forcedEngine: .memory, copier: .child)

    private func log(
        _ action: ForkAccount.Action = .deferred, _ copier: ForkAccount.Copier = .child,
        child: ForkAccount.Action? = .memory, error: Int32 = 0
    ) -> ForkLog {
        var log = ForkLog()
        log.forks = [
            ForkLog.Fork(
                pid: 1, number: 1, account: ForkAccount(mode: .poolCopy, copier: copier, action: action))
        ]
        if let child {
            let account = ForkAccount(mode: .poolCopy, copier: .child, action: child, error: error)
            log.copies = [ForkLog.Copy(child: 2, parent: 1, number: 1, account: account)]
        }
        return log
    }

    @Test("A child that is still at its copy is judged by its line in the log")
    func unfinished() {
        #expect(verdicts.tookEffect([.poolCopied], log()).0 == .held)
        let (outcome, words) = verdicts.tookEffect([.poolRemapped], log())
        #expect(outcome == .held && words.hasPrefix("deferred, memory, according to the fork log"))
        #expect(verdicts.tookEffect([.poolShared], log()).0 == .broken)
        #expect(verdicts.tookEffect([], log(.none, child: nil)).0 == .broken)
        #expect(verdicts.tookEffect([], log(child: .some(.none))).0 == .broken)
    }

    @Test("A child that stays private says why; a copier or an engine that nobody asked for is named")
    func reports() {
        #expect(verdicts.forkReport([.poolCopied], log()).0 == .held)
        #expect(verdicts.forkReport([.poolRemapped], log(child: .remap, error: 28)).0 == .held)
        #expect(verdicts.forkReport([.poolRemapped], log(child: .remap)).0 == .broken)
        #expect(verdicts.forkReport([.poolCopied], log(child: .reflink)).0 == .broken)
        let other = verdicts.forkReport([.poolCopied], log(.memory, .parent, child: nil))
        #expect(other == (.broken, "the log says that the parent copied, which was up to the child"))
        let parent = ServerVerdicts(mode: .poolCopy, forcedEngine: nil)
        #expect(parent.forkReport([.poolCopied], log()).0 == .broken)
        #expect(parent.tookEffect([], log()).0 == .broken)
    }
}
