import Testing

@testable import Measurement

@Suite("The library's account of a fork") struct ForkAccountTests {
    private static let line = """
        {"pid":77,"fork":3,"mode":2,"action":"copy_file_range","error":0,"bytes_live":10,"bytes_copied":20,\
        "bytes_shared":0,"reserve_ns":1,"prepare_ns":2,"fork_ns":3,"resume_ns":4}
        """

    @Test("A log is read line by line; torn lines are left out")
    func log() {
        let entries = ForkLog.parse(Self.line + "\n" + Self.line.prefix(60) + "\n" + Self.line + "\n")
        let account = ForkAccount(
            mode: .poolCopy, action: .copyFileRange, bytesLive: 10, bytesCopied: 20, reserveNs: 1,
            prepareNs: 2, forkNs: 3, resumeNs: 4)
        let entry = ForkLog.Entry(pid: 77, number: 3, account: account)
        #expect(entries == [entry, entry])
    }

    @Test("The numbers of libvmmalloc.h name every action; others name none")
    func numbers() {
        #expect((0..<9).map { ForkAccount.Action(number: $0) } == ForkAccount.Action.allCases)
        #expect(ForkAccount.Action(number: 999) == nil)
    }

    @Test("Without the library there is no account")
    func absent() {
        #expect(!ForkAccount.isAvailable && ForkAccount.ofLastFork() == nil)
    }

    @Test("Each step is reported by the side that takes it")
    func steps() {
        func account(_ base: UInt64) -> ForkAccount {
            ForkAccount(
                mode: .poolCopy, action: .memory, reserveNs: base, prepareNs: base + 1, forkNs: base + 2,
                resumeNs: base + 3)
        }
        let times = ForkStep.allCases.map { $0.nanoseconds(parent: account(10), child: account(20)) }
        #expect(times == [10, 11, 12, 13, 23])
        #expect(ForkStep.resumeChild.nanoseconds(parent: account(10), child: nil) == nil)
    }

    private func contradiction(
        _ action: ForkAccount.Action, _ effect: ForkEffect, mode: ForkMode = .poolCopy, error: Int32 = 0,
        forced: ForkAccount.Action? = nil
    ) -> String? {
        ForkAccount(mode: mode, action: action, error: error)
            .contradiction(to: mode, effect: effect, forced: forced)
    }

    @Test("An action agrees only with the effect that it leads to")
    func agreement() {
        let sound: [ForkEffect: Set<ForkAccount.Action>] = [
            .poolShared: [.none], .poolRemapped: [.remap, .none, .deferred],
            .poolCopied: [.reflink, .copyFileRange, .pmem, .memory, .classic, .deferred], .anonymous: [],
            .unexpected: [],
        ]
        for (effect, actions) in sound {
            for action in ForkAccount.Action.allCases {
                #expect((contradiction(action, effect) == nil) == actions.contains(action))
            }
        }
    }

    @Test("Another mode, another engine than the forced one, a fallback without a reason")
    func contradictions() {
        let account = ForkAccount(mode: .privateRemap, action: .remap)
        #expect(account.contradiction(to: .poolCopy, effect: .poolRemapped, forced: nil) != nil)
        #expect(contradiction(.memory, .poolCopied, forced: .memory) == nil)
        #expect(contradiction(.reflink, .poolCopied, forced: .memory) != nil)
        #expect(contradiction(.remap, .poolRemapped, mode: .copyOrRemap, error: 28) == nil)
        #expect(contradiction(.remap, .poolRemapped, mode: .copyOrRemap) != nil)
    }

    @Test("All bytes in use must be copied or shared")
    func amounts() {
        func contradiction(copied: UInt64, shared: UInt64) -> String? {
            ForkAccount(
                mode: .poolCopy, action: .memory, bytesLive: 100, bytesCopied: copied, bytesShared: shared
            ).contradiction(to: .poolCopy, effect: .poolCopied, forced: nil)
        }
        #expect(contradiction(copied: 100, shared: 0) == nil)
        #expect(contradiction(copied: 0, shared: 100) == nil)
        #expect(contradiction(copied: 99, shared: 0) != nil)
    }
}
