// swift-tools-version: 6.2
import PackageDescription

/// The preload library is Embedded Swift: no Swift runtime enters the programs that load it, and the
/// compiler itself proves that the allocator never allocates.
let embedded: [SwiftSetting] = [
    .enableExperimentalFeature("Embedded"),
    .unsafeFlags(["-wmo", "-no-allocations"]),
]

/// What the linker must know to make a preload library of it: its soname, the few symbols that it exports,
/// and that its constructor runs before any other.
let preloadLibrary: [LinkerSetting] = [
    .linkedLibrary("jemalloc_pic"),
    .unsafeFlags([
        "-Xlinker", "-soname=libvmmalloc.so.1",
        "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/VMMalloc/exports.map",
        "-Xlinker", "-z", "-Xlinker", "initfirst",
        "-Xlinker", "--gc-sections",
        // jemalloc's own calls of mmap go to MetadataMemory.swift.
        "-Xlinker", "--wrap=mmap",
    ]),
]

let package = Package(
    name: "forklab",
    products: [
        .library(name: "vmmalloc", type: .dynamic, targets: ["VMMalloc"]),
        .executable(name: "forklab", targets: ["forklab"]),
        .executable(name: "forklab-workload", targets: ["forklab-workload"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/ordo-one/TextTable", from: "0.0.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // The preload library.
        .target(name: "CLinux"),
        .target(name: "CVMMalloc"),
        .target(name: "AllocatorCore", dependencies: ["CLinux"]),
        .target(
            name: "VMMalloc",
            dependencies: ["CLinux", "CVMMalloc"],
            exclude: ["exports.map"],
            swiftSettings: embedded,
            linkerSettings: preloadLibrary),

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
                .product(name: "TextTable", package: "TextTable"),
                .product(name: "Yams", package: "Yams"),
            ]),
        .executableTarget(
            name: "forklab",
            dependencies: [
                "ForkLab", "Measurement", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "forklab-workload",
            dependencies: [
                "CProcess", "Measurement",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .testTarget(name: "AllocatorCoreTests", dependencies: ["AllocatorCore"]),
        .testTarget(name: "MeasurementTests", dependencies: ["CProcess", "Measurement"]),
        .testTarget(
            name: "ForkLabTests", dependencies: ["ForkLab", "Measurement", "forklab", "forklab-workload"],
            exclude: ["Statistics/expected.py"]),
        .testTarget(
            name: "VMMallocTests",
            dependencies: ["ForkLab", "Measurement", "forklab-workload"],
            exclude: ["Programs"]),
    ],
    swiftLanguageModes: [.v6]
)
