import Testing

@testable import LabRecommend
@testable import LabStatistics
@testable import Measurement

@Suite("From measurements and limits to a mode") struct RecommendationTests {
    private typealias Answer = Recommendation.Answer
    private static let remap = Answer.use(Candidate(.privateRemap))
    private static let copy = Answer.use(Candidate(.poolCopy))
    private static let copyOrRemap = Answer.use(Candidate(.copyOrRemap))

    /// A case of the table.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let measurements: [CandidateMeasurement]
        let limits: Limits
        let reflink: Bool
        let answer: Recommendation.Answer

        init(
            _ description: String, _ limits: Limits, _ answer: Recommendation.Answer,
            measurements: [CandidateMeasurement] = CandidateMeasurement.usual, reflink: Bool = false
        ) {
            testDescription = description
            self.measurements = measurements
            self.limits = limits
            self.reflink = reflink
            self.answer = answer
        }
    }

    @Test(
        "Each limit admits and rules out",
        arguments: [
            Case("no limit: the shorter stall", .of(), remap),
            Case("a stall that only mode 1 is within", .of(stall: 5), remap),
            Case("a stall that nothing is within", .of(stall: 0.1), .none),
            Case("RAM that mode 1 exceeds, so mode 3 may not fall back to it", .of(memory: 16), copy),
            Case("RAM that all are within", .of(memory: 64), remap),
            Case("RAM that nothing is within", .of(memory: 0.5), .none),
            Case("space that copies exceed", .of(space: 100), remap),
            Case("stall and RAM contradict each other", .of(stall: 5, memory: 16), .none),
            Case(
                "threads write: a copy of the bytes is no snapshot", .of(memory: 16, snapshot: .process),
                .none),
            Case("threads write: nor is its heap", .of(memory: 16, snapshot: .heap), .none),
            Case("threads write: mode 1 is", .of(snapshot: .process), remap),
            Case(
                "the writes after the fork decide: the copy, which may fall back", .of(goal: .writes),
                copyOrRemap),
            Case("RAM decides", .of(goal: .memory), copyOrRemap),
        ])
    func limits(of one: Case) {
        #expect(Recommendation(one.measurements, one.limits, reflink: one.reflink).answer == one.answer)
    }

    @Test(
        "On a file system with reflink, space that nobody keeps free is not relied on",
        arguments: [
            Case(
                "space is not promised: strict", .of(memory: 16),
                .use(Candidate(.poolCopy, forkSpace: .strict))),
            Case(
                "it is: the reflink", .of(memory: 16, space: 1000),
                .use(Candidate(.poolCopy, forkSpace: .overcommit))),
            Case(
                "strict stalls too long", .of(stall: 30, memory: 16),
                .use(Candidate(.poolCopy, forkSpace: .overcommit))),
            Case(
                "threads write, and the heap is enough", .of(memory: 16, snapshot: .heap),
                .use(Candidate(.poolCopy, forkSpace: .overcommit))),
            Case("threads write, and it is not", .of(memory: 16, snapshot: .process), .none),
        ])
    func reflink(of one: Case) {
        let answer = Recommendation(CandidateMeasurement.reflink, one.limits, reflink: true).answer
        #expect(answer == one.answer)
    }

    private static let child = Answer.use(Candidate(.poolCopy, copier: .child))

    /// Mode 1 whose later forks take `stall` milliseconds, a copy by the parent, and one by the child.
    private static func measurements(
        remap stall: Double, memory: Double = 32, child: CandidateMeasurement
    ) -> [CandidateMeasurement] {
        [
            .of(.privateRemap, stall: stall, memory: memory, space: 0, writes: 7.7),
            .of(.poolCopy, stall: 80, memory: 1, space: 160, writes: 1.1),
            .of(.copyOrRemap, stall: 80, memory: 1, space: 160, writes: 1.1), child,
        ]
    }

    private static let deferred = CandidateMeasurement.of(
        .poolCopy, copier: .child, stall: 0.3, memory: 12, space: 160, writes: 7.7)

    @Test(
        "A copy that the child makes is weighed like the others",
        arguments: [
            Case(
                "its later forks are shorter", .of(), child,
                measurements: measurements(remap: 3, child: deferred)),
            Case(
                "mode 1 stalls too long, a copy by the parent longer", .of(stall: 1), child,
                measurements: measurements(remap: 3, child: deferred)),
            Case(
                "its RAM is within, that of mode 1 is not", .of(memory: 16), child,
                measurements: measurements(remap: 0.3, child: deferred)),
            Case(
                "RAM decides: both copies take less than mode 1, the parent's the least", .of(goal: .memory),
                copyOrRemap, measurements: measurements(remap: 0.3, child: deferred)),
            Case(
                "threads write: its memory is of one moment, whatever was copied how",
                .of(memory: 16, snapshot: .process), child,
                measurements: measurements(remap: 0.3, child: deferred)),
            Case(
                "nothing distinguishes it from mode 1", .of(), remap,
                measurements: measurements(remap: 0.3, child: deferred)),
            Case(
                "it broke something", .of(memory: 16), copy,
                measurements: measurements(
                    remap: 3,
                    child: .of(.poolCopy, copier: .child, stall: 0.3, broken: ["fork_report: it lies"]))),
        ])
    func deferredCopy(of one: Case) {
        let recommendation = Recommendation(one.measurements, one.limits, reflink: one.reflink)
        #expect(recommendation.answer == one.answer, "\(recommendation.reason)")
    }

    @Test("The reason names all that are within the limits, with their numbers")
    func threeRivals() {
        let wins = Recommendation(Self.measurements(remap: 3, child: Self.deferred), .of(), reflink: false)
        #expect(
            wins.reason == """
                All are within the limits, and the longest stall is 3.00 ms [2.94 .. 3.06] with mode 1, 80.0 ms \
                [78.4 .. 81.6] with mode 3, 300 us [294 .. 306] with mode 2, child copies.
                """)
        #expect(wins.comparison?.verdict == .better)
        let ties = Recommendation(CandidateMeasurement.usual, .of(), reflink: false)
        #expect(
            ties.reason.hasSuffix(
                "with mode 2, child copies; mode 1 and mode 2, child copies are the same; mode 1 is the default."
            ),
            "\(ties.reason)")
        let without = Recommendation(
            Self.measurements(remap: 0.3, child: Self.deferred), .of(memory: 16), reflink: false)
        #expect(without.reason.hasPrefix("Mode 1 is ruled out: RAM 32.0 MiB ["), "\(without.reason)")
        #expect(
            Candidate(.poolCopy, forkSpace: .strict, copier: .child).environment.map {
                "\($0.name)=\($0.value)"
            }
                == ["VMMALLOC_FORK=2", "VMMALLOC_FORK_SPACE=strict", "VMMALLOC_FORK_COPIER=child"])
    }

    @Test(
        "What was not measured well enough is not guessed",
        arguments: [
            Case("nothing was measured", .of(), .refused, measurements: []),
            Case(
                "four trials", .of(stall: 5), .refused,
                measurements: [.of(.privateRemap, trials: 4), .of(.poolCopy, trials: 4)]),
            Case(
                "four trials, and no limit at all", .of(), .refused,
                measurements: [.of(.privateRemap, trials: 4), .of(.poolCopy, trials: 4)]),
            Case(
                "the limit lies in the interval of the only one left", .of(stall: 0.4, memory: 64), .refused),
            Case("the same on the RAM", .of(stall: 5, memory: 32), .refused),
            Case(
                "no stall was measured, and it is limited", .of(stall: 5), .refused,
                measurements: [.of(.privateRemap, stall: nil), .of(.poolCopy, stall: nil)]),
            Case(
                "no stall was measured, and it decides", .of(), .refused,
                measurements: [.of(.privateRemap, stall: nil), .of(.poolCopy, stall: nil)]),
            Case(
                "no writes were measured, and they decide", .of(goal: .writes), .refused,
                measurements: [.of(.privateRemap, writes: nil), .of(.poolCopy)]),
            Case(
                "no space was measured, and it is limited", .of(memory: 0.5, space: 10), .refused,
                measurements: [.of(.privateRemap), .of(.poolCopy, memory: 0.1, space: nil)]),
            Case(
                "nobody knows what the forks did", .of(snapshot: .heap), .refused,
                measurements: [.of(.privateRemap, actions: []), .of(.poolCopy, actions: [])]),
            Case(
                "the heap was not in the pool", .of(), .refused,
                measurements: [
                    .of(.privateRemap, obstacle: "it has an allocator of its own"),
                    .of(.poolCopy, obstacle: "it has an allocator of its own"),
                ]),
            Case(
                "a mode that was not measured might be within", .of(memory: 16), .refused,
                measurements: [CandidateMeasurement.usual[0]]),
        ])
    func refusals(of one: Case) {
        let recommendation = Recommendation(one.measurements, one.limits, reflink: one.reflink)
        #expect(recommendation.answer == .refused)
        #expect(!recommendation.reason.isEmpty)
    }

    @Test(
        "A candidate that may exceed a limit ranks below one that certainly does not, and the answer says so")
    func straddlingRanksLower() {
        let measurements = [
            CandidateMeasurement.of(.privateRemap, stall: 5, memory: 32, space: 0, spread: 0.3),
            .of(.poolCopy, stall: 2, space: 10),
        ]
        let recommendation = Recommendation(measurements, .of(stall: 5), reflink: false)
        #expect(recommendation.answer == Self.copy)
        #expect(recommendation.undecided == [Candidate(.privateRemap)])
        #expect(
            recommendation.reason
                == "Mode 1 is not certain to be within the limits: longest stall 5.00 ms [3.50 .. 6.50] may "
                + "exceed --max-stall 5.00 ms: 5 trials cannot tell. With mode 2 longest stall 2.00 ms "
                + "[1.96 .. 2.04] is within --max-stall 5.00 ms.")
    }

    @Test("A mode that breaks something is ruled out, however fast; so is a refused fork")
    func broken() {
        let measurements = [
            CandidateMeasurement.of(.privateRemap, broken: ["isolation: the child saw it"]),
            .of(.poolCopy, stall: 80),
        ]
        let recommendation = Recommendation(measurements, .of(), reflink: false)
        #expect(recommendation.answer == Self.copy)
        #expect(recommendation.reason.contains("isolation: the child saw it"))
    }

    @Test("If nothing distinguishes the modes, the default stays")
    func ties() {
        let same = [CandidateMeasurement.of(.privateRemap), .of(.poolCopy), .of(.copyOrRemap)]
        let tie = Recommendation(same, .of(), reflink: false)
        #expect(tie.answer == Self.remap && tie.comparison?.verdict == .same)
        let noisy = [
            CandidateMeasurement.of(.privateRemap, stall: 1.2, spread: 0.5),
            .of(.poolCopy, stall: 1, spread: 0.5),
        ]
        let unclear = Recommendation(noisy, .of(), reflink: false)
        #expect(unclear.answer == Self.remap && unclear.comparison?.verdict == .inconclusive)
        #expect(unclear.reason.contains("mode 1 is the default"))
    }

    @Test("If the median is within a limit, the trials that were not are named")
    func worstTrials() throws {
        let values = [1.0, 1, 1, 1, 1, 1, 1, 1, 9].map { $0 * 1e6 }
        let summary = try #require(Estimate(values))
        let check = try #require(LimitCheck(.stall, summary, .init(5e6, option: "--max-stall")))
        #expect(check.verdict == .within)
        #expect(check.text.hasSuffix("but 1 of 9 trials exceeded it (up to 9.00 ms)"))
    }

    @Test("Reasons include the number, its interval and the limit")
    func reasons() throws {
        let recommendation = Recommendation(CandidateMeasurement.usual, .of(stall: 5), reflink: false)
        let copy = try #require(recommendation.assessments.first { $0.candidate == Candidate(.poolCopy) })
        #expect(copy.status == .ruledOut)
        #expect(
            copy.objections.map(\.text)
                == ["longest stall 80.0 ms [78.4 .. 81.6] exceeds --max-stall 5.00 ms"])
        let both = Recommendation(CandidateMeasurement.usual, .of(memory: 16), reflink: false)
        let third = try #require(both.assessments.first { $0.candidate == Candidate(.copyOrRemap) })
        #expect(
            third.objections.map(\.text).first?.hasPrefix("falls back to mode 1, whose RAM 32.0 MiB [")
                == true)
    }

    @Test("What would change the answer is found by deciding again")
    func alternatives() {
        func texts(_ limits: Limits, _ measurements: [CandidateMeasurement], reflink: Bool = false)
            -> [String]
        {
            Alternative.all(measurements, limits, reflink: reflink).map(\.text)
        }
        #expect(
            texts(.of(stall: 5, memory: 16), CandidateMeasurement.usual) == [
                "With --max-stall 82ms or more: mode 2.",
                "With --spare-memory 33M or more: mode 1.",
            ])
        #expect(
            texts(.of(), CandidateMeasurement.usual) == [
                "With --max-stall 0.39ms or less: no mode is within the limits.",
                "With --spare-memory 31M or less: mode 2.",
                "With --prefer writes: mode 3.", "With --prefer memory: mode 3.",
            ])
        #expect(
            texts(.of(memory: 16, snapshot: .process), CandidateMeasurement.reflink, reflink: true).contains(
                "With --threads-write --one-moment heap: mode 2, overcommit."))
    }
}
