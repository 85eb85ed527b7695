/// In the debug build: what must be true here. Where it is not, one line says so, and the process ends by abort(3).
/// The release build does not even compute it.
///
/// Like everything here it never allocates; it may be called with any lock held.
@inline(__always)
public func invariant(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> MessageLine,
    file: StaticString = #fileID, line: Int = #line, function: StaticString = #function
) {
    #if VMMALLOC_DEBUG
        guard !condition() else { return }
        DebugLog.current.fail(message, SourcePlace(file: file, line: line, function: function))
    #endif
}
