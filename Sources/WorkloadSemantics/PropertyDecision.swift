import CProcess
import Glibc
import LabBase
import WorkloadSchema

/// One property, decided in this process.
struct PropertyDecision {
    private let program: any SemanticProgram.Type
    private let seconds: Int

    init(_ program: any SemanticProgram.Type, seconds: Int) {
        self.program = program
        self.seconds = seconds * program.patience
    }

    /// Decides the property, and writes the answer as one line to `descriptor`. Throws `SystemCallError` or `EncodingError`.
    func emit(to descriptor: Int32) throws {
        // Processes whose parent has ended, daemons above all, must be waited for too.
        _ = cp_adopt_orphans()
        let line = Array((try JSONLine.encode(answer()) + "\n").utf8)
        guard write(descriptor, line, line.count) == line.count else {
            throw SystemCallError("write the answer to descriptor \(descriptor)")
        }
    }

    private func answer() -> PropertyAnswer {
        let property = program.property
        do {
            // The stage's own deadline comes first, so that it can report it.
            let stage = try Stage(deadline: Clock.nanoseconds + UInt64(seconds) * 800_000_000)
            switch try program.decide(stage) {
            case .yes:
                // Only a yes needs proof: what was seen broken is broken.
                guard let objection = stage.board.objection else { return PropertyAnswer(property, .yes) }
                return PropertyAnswer(property, .undecided, objection)
            case .no(let detail): return PropertyAnswer(property, .no, detail)
            case .notApplicable(let reason): return PropertyAnswer(property, .notApplicable, reason)
            }
        } catch let failure as StageFailure {
            return PropertyAnswer(property, failure.verdict, failure.description)
        } catch {
            return PropertyAnswer(property, .undecided, "\(error)")
        }
    }
}

extension StageFailure {
    fileprivate var verdict: PropertyAnswer.Verdict {
        switch self {
        // A child that exits this way has no heap.
        case .forkFailed, .left: .no
        case .crashed: .crashed
        case .hung: .hung
        case .undecided: .undecided
        }
    }
}
