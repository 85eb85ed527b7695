// swift-tools-version: 6.2
import PackageDescription

/// The preload library is Embedded Swift: no Swift runtime enters the programs that load it, and the
/// compiler itself proves that the allocator never allocates.
let embedded: [SwiftSetting] = [
    .enableExperimentalFeature("Embedded"),
    .unsafeFlags(["-wmo", "-no-allocations"]),
]

/// Options of the linker, as swiftc takes them.
func linker(_ options: String...) -> LinkerSetting {
    .unsafeFlags(options.flatMap { ["-Xlinker", $0] })
}

/// What the linker must know to make a preload library of it: its soname, the few symbols that it exports,
/// and that its constructor runs before any other.
let preloadLibrary: [LinkerSetting] = [
    .linkedLibrary("jemalloc_pic"),
    linker(
        "-soname=libvmmalloc.so.1",
        "--version-script=\(Context.packageDirectory)/Sources/VMMalloc/exports.map",
        // Some names in it are the debug build's alone.
        "--undefined-version",
        "-z", "initfirst",
        // Its fork handlers stay for the life of the process.
        "-z", "nodelete",
        // A symbol that nobody has would be found missing by users, at the first call or by their linker.
        "-z", "defs",
        "--gc-sections",
        // jemalloc's own calls of these go to MetadataMemory.swift, Start.swift and ThreadCache.swift.
        "--wrap=mmap", "--wrap=munmap", "--wrap=secure_getenv",
        "--wrap=je_tsd_tcache_enabled_data_init"),
]

/// The malloc family that jemalloc defines. In the debug build these names are those of the functions that check and
/// trace, and jemalloc is called through mallocx(3) and its like.
let tracedFunctions: [LinkerSetting] = [
    "malloc", "free", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign", "valloc",
    "malloc_usable_size",
].map { linker("--defsym=\($0)=vmmalloc_traced_\($0)") }

/// Functions of ours in place of jemalloc's of the same name, where they do not set errno.
let replacedFunctions: [LinkerSetting] = ["realloc", "memalign", "valloc"].map {
    linker("--defsym=\($0)=vmmalloc_\($0)")
}

/// Compiles assertions, trace and statistics in.
let debugBuild = SwiftSetting.define("VMMALLOC_DEBUG")

let package = Package(
    name: "forklab",
    products: [
        .library(name: "vmmalloc", type: .dynamic, targets: ["VMMalloc"]),
        .library(name: "vmmalloc-debug", type: .dynamic, targets: ["VMMallocDebug"]),
        .executable(name: "forklab", targets: ["forklab"]),
        .executable(name: "forklab-workload", targets: ["forklab-workload"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/ordo-one/TextTable", from: "0.0.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // The preload library.
        .target(name: "CLinux"),
        .target(name: "CVMMalloc"),
        .target(name: "AllocatorCore", dependencies: ["CLinux"], swiftSettings: [debugBuild]),
        .target(
            name: "VMMalloc",
            dependencies: ["CLinux", "CVMMalloc"],
            exclude: ["exports.map"],
            swiftSettings: embedded,
            linkerSettings: preloadLibrary + replacedFunctions),
        .target(
            name: "VMMallocDebug",
            dependencies: ["CLinux", "CVMMalloc"],
            exclude: ["VMMalloc/exports.map"],
            swiftSettings: embedded + [debugBuild],
            linkerSettings: preloadLibrary + tracedFunctions),

        // The harness.
        .systemLibrary(
            name: "CPMem", pkgConfig: "libpmem", providers: [.apt(["libpmem-dev"])]),
        .target(name: "CProcess"),
        .target(
            name: "Measurement",
            dependencies: ["CProcess", .product(name: "Histogram", package: "hdrhistogram-swift")]),
        .target(
            name: "ForkLab",
            dependencies: [
                "CPMem", "CProcess", "Measurement",
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "TextTable", package: "TextTable"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [
                .embedInCode("Export/HTML/report.css"), .embedInCode("Export/HTML/report.mustache"),
            ]),
        .target(
            name: "CommandLineTool",
            dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")]),
        .executableTarget(
            name: "forklab",
            dependencies: [
                "CommandLineTool", "ForkLab", "Measurement",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "forklab-workload",
            dependencies: [
                "CommandLineTool", "CProcess", "Measurement",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .testTarget(name: "AllocatorCoreTests", dependencies: ["AllocatorCore"]),
        .testTarget(name: "MeasurementTests", dependencies: ["CProcess", "Measurement"]),
        .testTarget(
            name: "ForkLabTests", dependencies: ["ForkLab", "Measurement", "forklab", "forklab-workload"],
            exclude: [
                "Citation/Golden", "Scenario/Golden", "Recommend/Golden", "Statistics/expected.py",
                "Statistics/coverage.py",
            ]),
        .testTarget(
            name: "VMMallocTests",
            dependencies: ["ForkLab", "Measurement", "forklab", "forklab-workload"],
            exclude: ["Programs"]),
    ],
    swiftLanguageModes: [.v6]
)
