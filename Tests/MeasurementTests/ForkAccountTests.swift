import Testing

@testable import LabBase
@testable import Measurement

@Suite("The library's account of a fork") struct ForkAccountTests {
    private static let line = """
        {"pid":77,"fork":3,"mode":2,"action":"copy_file_range","error":0,"bytes_live":10,"bytes_copied":20,\
        "bytes_shared":0,"reserve_ns":1,"prepare_ns":2,"fork_ns":3,"resume_ns":4}
        """

    @Test("A log is read line by line; torn lines are left out")
    func log() {
        let log = ForkLog(Self.line + "\n" + Self.line.prefix(60) + "\n" + Self.line + "\n")
        let account = ForkAccount(
            mode: .poolCopy, action: .copyFileRange, bytesLive: 10, bytesCopied: 20, reserveNs: 1,
            prepareNs: 2, forkNs: 3, resumeNs: 4)
        let fork = ForkLog.Fork(pid: 77, number: 3, account: account)
        #expect(log.forks == [fork, fork] && log.copies.isEmpty && log.folds.isEmpty)
    }

    private static let child = """
        {"child":80,"parent":77,"fork":3,"mode":2,"copier":"child","action":"reflink","error":0,"bytes_live":10,\
        "bytes_copied":4,"bytes_shared":8,"copy_ns":9,"resume_ns":5}
        """
    private static let fold = #"{"pid":77,"folds":2,"bytes":8192,"fold_ns":70,"longest_ns":40}"#

    @Test("Lines of parents, of their children and about folds are told apart, in any order")
    func kinds() {
        let deferred = Self.line.replacing(
            #""action":"copy_file_range""#, with: #""copier":"child","action":"deferred""#)
        let log = ForkLog([Self.child, deferred, Self.fold, "{\"pid\":77}", "{}"].joined(separator: "\n"))
        #expect(log.forks.map(\.account.action) == [.deferred] && log.forks.map(\.account.copier) == [.child])
        let account = ForkAccount(
            mode: .poolCopy, copier: .child, action: .reflink, bytesLive: 10, bytesCopied: 4, bytesShared: 8,
            resumeNs: 5, copyNs: 9)
        #expect(log.copies == [ForkLog.Copy(child: 80, parent: 77, number: 3, account: account)])
        #expect(log.childAccount(pid: 77, number: 3) == account)
        #expect(log.childAccount(pid: 77, number: 2) == nil && log.childAccount(pid: 80, number: 3) == nil)
        let tally = FoldTally(folds: 2, bytes: 8192, foldNs: 70, longestNs: 40)
        #expect(log.folds == [ForkLog.Fold(pid: 77, tally: tally)])
    }

    @Test("What waits to be folded is read where a line says it")
    func waiting() {
        let rest = #","bytes_to_fold":262144,"fold_obstacle":"threads"}"#
        let log = ForkLog("\(Self.fold.dropLast())\(rest)\n\(Self.line.dropLast())\(rest)")
        let waiting = ForkLog.Waiting(bytesToFold: 262_144, foldObstacle: "threads")
        #expect(log.folds.map(\.waiting) == [waiting] && log.forks.map(\.waiting) == [waiting])
    }

    @Test("What a log had before is left out, with the copies that belong to it")
    func tail() {
        let second = Self.line.replacing("\"fork\":3", with: "\"fork\":4")
        let copy = Self.child.replacing("\"fork\":3", with: "\"fork\":4")
        let rest = ForkLog([Self.line, Self.child, second, copy].joined(separator: "\n")).after(forks: 1)
        #expect(rest.forks.map(\.number) == [4] && rest.copies.map(\.number) == [4])
    }

    @Test("An account of an older version has no copier; the parent copied")
    func older() throws {
        let account = try JSONLine.decode(ForkAccount.self, from: Self.line)
        #expect(account.copier == .parent && account.copyNs == 0)
        let copied = ForkAccount(mode: .poolCopy, copier: .child, action: .memory, copyNs: 7)
        #expect(try JSONLine.decode(ForkAccount.self, from: JSONLine.encode(copied)) == copied)
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
        #expect(times == [10, 11, 12, 13, 23, nil])
        #expect(ForkStep.resumeChild.nanoseconds(parent: account(10), child: nil) == nil)
        let copied = ForkAccount(mode: .poolCopy, copier: .child, action: .memory, copyNs: 7)
        #expect(ForkStep.childCopy.nanoseconds(parent: nil, child: copied) == 7)
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
        var stayed = ForkAccount(mode: .poolCopy, copier: .child, action: .remap, error: 28)
        #expect(stayed.contradiction(to: .poolCopy, effect: .poolRemapped, forced: .reflink) == nil)
        #expect(stayed.contradiction(to: .poolCopy, effect: .poolCopied, forced: nil) != nil)
        stayed.error = 0
        #expect(stayed.contradiction(to: .poolCopy, effect: .poolRemapped, forced: nil) != nil)
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
