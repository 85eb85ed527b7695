import ArgumentParser
import LabAnalysis
import LabRecommend

/// The exit statuses of all subcommands; they never change their meaning. Bad input, or a failed system call,
/// is 2: `CommandLineTool` uses that for every error.
enum ExitStatus {
    /// An expectation or a check failed; `compare`: something got worse; `recommend`: no mode is within the limits;
    /// `cite --check`: a number is stale; `doctor --strict`: something hurts or is missing; `uninstall`: a changed file was kept.
    static let failed = ExitCode(1)
    /// `compare` and `recommend`: something was not measured, or the samples are too few or too noisy to tell.
    static let inconclusive = ExitCode(3)
    /// Ctrl-C or SIGTERM; everything measured until then is valid.
    static let interrupted = ExitCode(130)

    /// That of a run or a merge with this summary.
    static func after(_ summary: RunSummary) -> ExitCode {
        if summary.end == .interrupted { return interrupted }
        return summary.passed ? .success : failed
    }

    /// That of a recommendation; nil if it was interrupted.
    static func after(_ recommendation: Recommendation?) -> ExitCode {
        guard let recommendation else { return interrupted }
        switch recommendation.answer {
        case .use: return .success
        case .none: return failed
        case .refused: return inconclusive
        }
    }
}
