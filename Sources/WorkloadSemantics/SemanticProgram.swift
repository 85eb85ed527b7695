import WorkloadSchema

/// Decides one property of fork. It runs in a separate process, so it may crash: that is an answer too.
protocol SemanticProgram {
    /// The property that it decides.
    static var property: SemanticProperty { get }
    /// Variables beyond those of the trial.
    static var environment: [String: String] { get }
    /// How many child deadlines it may take.
    static var patience: Int { get }
    /// Decides the property on a heap that lies in the pool. Throws `StageFailure` or `SystemCallError`.
    static func decide(_ stage: Stage) throws -> Finding
}

extension SemanticProgram {
    static var environment: [String: String] { [:] }
    static var patience: Int { 1 }
}

/// The finding of a program.
enum Finding {
    case yes
    /// The property does not hold, with what was seen.
    case no(String)
    /// There is nothing to decide, with the reason.
    case notApplicable(String)

    /// Yes if none of `count` blocks were `wrong`; otherwise `what` begins the description.
    init(wrong: Int, of count: Int, _ what: String) {
        self = wrong == 0 ? .yes : .no("\(what) \(wrong) of \(count) blocks changed")
    }

    /// The first finding that is not yes; yes if there is none.
    static func all(_ findings: [Finding]) -> Finding {
        for finding in findings {
            if case .yes = finding { continue }
            return finding
        }
        return .yes
    }
}

extension SemanticProperty {
    /// The program that decides the property; nil if the workload `snapshot` does.
    var program: (any SemanticProgram.Type)? {
        switch self {
        case .heapAsOfFork: HeapAsOfFork.self
        case .scatteredHeapAsOfFork: ScatteredHeapAsOfFork.self
        case .laterForksAsOfFork: LaterForksAsOfFork.self
        case .generationsAsOfFork: GenerationsAsOfFork.self
        case .heapOfOneMoment, .heapOfForksMoment: nil
        case .parentWritesUnseen: ParentWritesUnseen.self
        case .childWritesUnseen: ChildWritesUnseen.self
        case .siblingWritesUnseen: SiblingWritesUnseen.self
        case .grandchildWritesUnseen: GrandchildWritesUnseen.self
        case .outlivesParent: OutlivesParent.self
        case .allocationsApart: AllocationsApart.self
        case .childFreesInherited: ChildFreesInherited.self
        case .childStartsThreads: ChildStartsThreads.self
        case .forksBesideThreads: ForksBesideThreads.self
        case .heapStackForks: HeapStackForks.self
        case .heapWaitersWoken: HeapWaitersWoken.self
        case .heapBlocksPinned: HeapBlocksPinned.self
        case .pinnedReadsArrive: PinnedReadsArrive.self
        case .laterPinnedReadsArrive: LaterPinnedReadsArrive.self
        case .fileLocksKept: FileLocksKept.self
        case .threadValuesKept: ThreadValuesKept.self
        case .fullPoolForks: FullPoolForks.self
        case .fullPoolRecovers: FullPoolRecovers.self
        case .poolFillsDuringFork: PoolFillsDuringFork.self
        case .execGetsOwnPool: ExecGetsOwnPool.self
        case .execInheritsNothing: ExecInheritsNothing.self
        case .vforkSharesHeap: VforkSharesHeap.self
        case .posixSpawnLeavesHeap: PosixSpawnLeavesHeap.self
        case .popenLeavesHeap: PopenLeavesHeap.self
        case .systemLeavesHeap: SystemLeavesHeap.self
        case .forkptyApart: ForkptyApart.self
        case .daemonKeepsHeap: DaemonKeepsHeap.self
        case .bareForkApart: BareForkApart.self
        case .bareForkApartLater: BareForkApartLater.self
        case .clone3Apart: Clone3Apart.self
        case .noRoomForks: NoRoomForks.self
        case .refusedForkHarmless: RefusedForkHarmless.self
        case .fileSystemFillsDuringFork: FileSystemFillsDuringFork.self
        case .fullFileSystemWrites: FullFileSystemWrites.self
        case .fullFileSystemAllocates: FullFileSystemAllocates.self
        case .spaceReturnsAfterExit: SpaceReturnsAfterExit.self
        case .spaceReturnsAfterCrash: SpaceReturnsAfterCrash.self
        case .spaceReturnsAfterKill: SpaceReturnsAfterKill.self
        }
    }
}
