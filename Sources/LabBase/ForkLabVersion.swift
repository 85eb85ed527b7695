/// The version of forklab and of libvmmalloc, which are released together. What a change of it promises is in CHANGELOG.md.
///
/// The version of the library's interface is another matter: `VMMALLOC_MAJOR_VERSION` and `VMMALLOC_MINOR_VERSION` in libvmmalloc.h.
package enum ForkLabVersion {
    /// The version as text.
    package static let text = "1.1.0"
}
