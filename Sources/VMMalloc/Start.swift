import CLinux
import CVMMalloc
@c(vmmalloc_start) public func start(_ argc: CInt, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ envp: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
  let name: StaticString = "epoch"
  _ = Hello(x: 1).go()
  _ = mallctl(UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), nil, nil, nil, 0)
}
