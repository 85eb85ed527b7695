import CLinux
public struct Hello { var x: Int; public init(x: Int) { self.x = x }; public func go() -> Bool { cl_map_failed() == nil } }
