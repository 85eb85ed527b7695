import LabBase
import LabProcess

/// The Debian packages of this system.
enum DebianPackages {
    /// Those of `names` that are not installed; all of them if there is no dpkg.
    static func missing(_ names: [String]) -> [String] {
        guard let query = RealPath.program("dpkg-query") else { return names }
        return names.filter { name in
            let process = ChildProcess(
                executable: query, arguments: ["--show", "--showformat=${db:Status-Status}", name],
                environment: ProgramEnvironment.plain, timeout: .seconds(10))
            return (try? process.run(interruption: nil))?.output != "installed"
        }
    }
}
