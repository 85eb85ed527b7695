import LabTestSupport
import Testing

@testable import LabBase

@Suite("Paths") struct RealPathTests {
    @Test("The folders above a path, the root first")
    func foldersAbove() {
        #expect(RealPath.foldersAbove("/a/b") == ["/", "/a", "/a/b"])
        #expect(RealPath.foldersAbove("//a//b/") == ["/", "/a", "/a/b"])
        #expect(RealPath.foldersAbove("/") == ["/"])
    }

    @Test("The nearest folder that holds a file")
    func above() throws {
        let scratch = try ScratchDirectory()
        let top = try #require(RealPath.resolve(scratch.path))
        let inner = "\(top)/outer/inner"
        try OutputFile.makeDirectory("\(inner)/deepest")
        for folder in [top, inner] { try OutputFile.write("", to: "\(folder)/witness") }
        #expect(RealPath.above("\(inner)/deepest", holding: "witness") == inner)
        #expect(RealPath.above(inner, holding: "witness") == top, "not in the path itself, but above it")
        #expect(RealPath.above(inner, holding: "outer/inner/witness") == top)
        #expect(RealPath.above(inner, holding: "no/such") == nil)
        #expect(RealPath.above("\(inner)/none", holding: "etc/passwd") == "/", "a path to nowhere")
    }

    @Test("A folder is made with those above it; what is in the way is named")
    func makeDirectory() throws {
        let scratch = try ScratchDirectory()
        try OutputFile.makeDirectory("\(scratch.path)//a/./b/")
        #expect(Folder.exists("\(scratch.path)/a/b"))
        try OutputFile.write("", to: "\(scratch.path)/file")
        let error = #expect(throws: SystemCallError.self) {
            try OutputFile.makeDirectory("\(scratch.path)/file/")
        }
        #expect(error?.description == "create \(scratch.path)/file/: Not a directory")
    }
}
