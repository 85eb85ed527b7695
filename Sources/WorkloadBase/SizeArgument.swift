import ArgumentParser
import LabBase

/// A size on the command line: "256M".
package struct SizeArgument: ExpressibleByArgument {
    package let bytes: Int

    package init?(argument: String) {
        guard let bytes = ByteCount.parse(argument) else { return nil }
        self.bytes = bytes
    }
}
