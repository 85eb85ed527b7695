/// A condition that must hold. In the debug build a violation prints one line and ends the process by abort(3). The release
/// build does not even evaluate it.
///
/// Never allocates. May be called from any thread, with any lock held.
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
