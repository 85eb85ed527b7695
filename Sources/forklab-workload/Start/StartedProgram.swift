import CProcess
import FoundationEssentials
import Glibc
import LabBase
import WorkloadSchema

/// The program that the workload `start` starts, in this process's environment.
struct StartedProgram {
    /// Its path.
    let path: String
    /// Its name and its arguments.
    let arguments: [String]

    /// Throws `InputError` if forklab-step is not beside this program.
    init(_ action: StartedAction, count: Int) throws(InputError) {
        guard action != .nothing else {
            path = "/bin/true"
            arguments = [path]
            return
        }
        path = RealPath.folder(of: RealPath.resolve("/proc/self/exe") ?? "") + "/forklab-step"
        arguments = [path, action.rawValue, "\(count)"]
        guard access(path, X_OK) == 0 else {
            throw InputError(path, "no such program; build it with: swift build -c release")
        }
    }

    /// Runs the program to its end. Returns whether its status was 0. Throws `SystemCallError`.
    func run() throws(SystemCallError) -> Bool {
        var process: pid_t = 0
        let error = withVectors { arguments, variables in
            posix_spawn(&process, path, nil, nil, arguments, variables)
        }
        guard error == 0 else { throw SystemCallError("start \(path)", code: error) }
        var status: CInt = 0
        guard waitpid(process, &status, 0) == process else { throw SystemCallError("wait for \(path)") }
        return cp_exited(status) && cp_exit_status(status) == 0
    }

    /// Passes on the arguments and the environment as execve(2) takes them.
    func withVectors<Result>(
        _ body: ([UnsafeMutablePointer<CChar>?], [UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let texts = arguments.map { strdup($0) } + [nil]
        let variables = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in texts + variables { free(text) } }
        return body(texts, variables)
    }
}
