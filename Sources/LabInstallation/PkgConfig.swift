import LabBase

/// lib/pkgconfig/libvmmalloc.pc. Source: pc(5).
enum PkgConfig {
    /// The file for an installation in `prefix`.
    ///
    /// A program that is linked with the library must have its heap in a pool even if it calls none of the library's functions
    /// itself, so the linker must not drop it as a library that no symbol needs.
    static func text(prefix: String) -> String {
        let escaped = prefix.map { "\\ #\"'$".contains($0) ? "\\\($0)" : "\($0)" }.joined()
        return """
            prefix=\(escaped)
            libdir=${prefix}/lib
            includedir=${prefix}/include

            Name: libvmmalloc
            Description: malloc whose heap lies in a memory-mapped file
            Version: \(ForkLabVersion.text)
            Cflags: -I${includedir}
            Libs: -L${libdir} -Wl,--push-state,--no-as-needed -lvmmalloc -Wl,--pop-state

            """
    }
}
