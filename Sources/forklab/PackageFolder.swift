import Glibc
import LabBase

/// Finds folders that come with forklab: in the working directory, then in the package that the executable
/// was built in.
enum PackageFolder {
    /// The first folder called `name` that contains `file`. Throws `InputError` if there is none.
    static func locate(_ name: String, holding file: String) throws(InputError) -> String {
        let witness = "\(name)/\(file)"
        if access(witness, R_OK) == 0 { return name }
        guard let package = RealPath.above("/proc/self/exe", holding: witness) else {
            throw InputError(name, "no such folder here or above forklab; run in the checkout")
        }
        return "\(package)/\(name)"
    }

    /// The file of the scenario that the user calls `name`: a path; or else the name of a scenario that comes with forklab, with or
    /// without ".yaml". A name that is neither is returned as it is, for the message that it cannot be read.
    static func scenario(_ name: String) -> String {
        guard access(name, F_OK) != 0, !name.contains("/"), let folder = try? scenarios() else { return name }
        return ["", ".yaml"].map { "\(folder)/\(name)\($0)" }.first { access($0, R_OK) == 0 } ?? name
    }

    /// The folder of scenarios. Throws `InputError` if there is none.
    static func scenarios() throws(InputError) -> String {
        try locate("Scenarios", holding: "quickstart.yaml")
    }
}
