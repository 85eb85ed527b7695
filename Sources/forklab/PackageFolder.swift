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

    /// The folder of scenarios. Throws `InputError` if there is none.
    static func scenarios() throws(InputError) -> String {
        try locate("Scenarios", holding: "quickstart.yaml")
    }
}
