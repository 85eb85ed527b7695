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
    // The toolchain's own. gold gives an alias the visibility of what it stands for (see `exported`), and lists the
    // library's private thread-local variables among its dynamic symbols.
    .unsafeFlags(["-use-ld=lld"]),
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
        // The library's own calls are for its own functions, whatever else in the process has their names; but for the
        // operators, of which a program may replace some.
        "-Bsymbolic-functions",
        // jemalloc's own calls of these go to MetadataMemory.swift, Start.swift, ThreadCache.swift, MallocControl.swift
        // and Operators.c.
        "--wrap=mmap", "--wrap=munmap", "--wrap=secure_getenv",
        "--wrap=je_tsd_tcache_enabled_data_init", "--wrap=je_tsd_tcache_data_init",
        "--wrap=je_ctl_byname", "--wrap=je_ctl_bymib", "--wrap=je_malloc_default",
        // With what hooks jemalloc makes an arena.
        "--defsym=je_arena_config_default=vmmalloc_je_arena_config_default"),
    // And those that another library may hook, to JemallocSystemCalls.swift and .c.
    linker(
        "--wrap=syscall", "--wrap=open", "--wrap=close", "--wrap=readlink", "--wrap=madvise",
        "--wrap=mprotect", "--wrap=sbrk", "--wrap=clock_gettime", "--wrap=sched_yield",
        "--wrap=sched_getaffinity", "--wrap=sysconf", "--wrap=pthread_key_create",
        "--wrap=pthread_mutex_init", "--wrap=pthread_mutex_lock", "--wrap=pthread_mutex_trylock",
        "--wrap=pthread_mutex_unlock", "--wrap=pthread_mutexattr_init", "--wrap=pthread_mutexattr_settype",
        "--wrap=pthread_mutexattr_destroy", "--wrap=pthread_create", "--wrap=pthread_cond_init"),
]

/// Operators new and delete that throw and have no size, mangled: those that the others call, as the standard says. A
/// program may have its own.
let replaceableOperators = [
    "_Znwm", "_Znam", "_ZdlPv", "_ZdaPv", "_ZnwmSt11align_val_t", "_ZnamSt11align_val_t",
    "_ZdlPvSt11align_val_t", "_ZdaPvSt11align_val_t",
]

/// The others: without exceptions, or told the size.
let dependentOperators = [
    "_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t", "_ZnwmSt11align_val_tRKSt9nothrow_t",
    "_ZnamSt11align_val_tRKSt9nothrow_t",
    "_ZdlPvm", "_ZdaPvm", "_ZdlPvRKSt9nothrow_t", "_ZdaPvRKSt9nothrow_t", "_ZdlPvmSt11align_val_t",
    "_ZdaPvmSt11align_val_t", "_ZdlPvSt11align_val_tRKSt9nothrow_t", "_ZdaPvSt11align_val_tRKSt9nothrow_t",
]

/// Names that programs see, each an alias of the function whose name has this prefix as well.
///
/// Swift makes what it exports protected symbols. A program that is linked at a fixed address and takes the address of a
/// function has one of its own for it, which a protected symbol does not follow: the dynamic linker complains at each
/// start, and two pointers to one function differ. An alias is an ordinary symbol. It also takes the place of jemalloc's
/// function of the same name, without an instruction on the way.
func exported(_ names: [String], prefix: String = "vmmalloc_") -> [LinkerSetting] {
    names.map { linker("--defsym=\($0)=\(prefix)\($0)") }
}

/// What jemalloc does not define, or without setting errno.
let ownFunctions = [
    "realloc", "memalign", "valloc", "pvalloc", "cfree", "free_sized", "free_aligned_sized",
]

/// What glibc has by names of its own. A program that is linked with another allocator would have its reallocarray. Ours calls
/// whose realloc comes first, as glibc's does: a library in front that wraps only that gets its own blocks.
let otherNames =
    exported(["reallocarray"]) + [linker("--export-dynamic-symbol=realloc")]
    + ["malloc", "calloc", "realloc", "free", "memalign", "valloc", "pvalloc"].map {
        linker("--defsym=__libc_\($0)=\($0)")
    }

/// What is no function of the malloc family, and C++'s operators but for operator new(size), which is jemalloc's.
let otherFunctions =
    otherNames
    + exported(["fork", "pthread_setspecific", "tss_set", "vmmalloc_fork_report", "vmmalloc_fold"])
    + exported(["mlock", "mlock2", "munlock", "mlockall", "munlockall"])
    + exported(dependentOperators)
    + exported(["_Znam", "_ZdaPv", "_ZnwmSt11align_val_t", "_ZnamSt11align_val_t", "_ZdaPvSt11align_val_t"])
    + [linker("--defsym=_ZdlPv=free", "--defsym=_ZdlPvSt11align_val_t=free")]
    + replaceableOperators.flatMap {
        [linker("--defsym=vmmalloc_own_\($0)=\($0)", "--export-dynamic-symbol=\($0)")]
    }

/// In the debug build all of the malloc family are functions that check and trace, and jemalloc is called through
/// mallocx(3) and its like.
let tracedFunctions =
    ownFunctions + ["malloc", "free", "calloc", "posix_memalign", "aligned_alloc", "malloc_usable_size"]

/// For targets that put texts together: in a release build the optimizer took most of their time, and saved milliseconds a run.
let unoptimized = SwiftSetting.unsafeFlags(["-Onone"], .when(configuration: .release))

/// Compiles assertions, trace and statistics in.
let debugBuild = SwiftSetting.define("VMMALLOC_DEBUG")

let package = Package(
    name: "forklab",
    products: [
        .library(name: "vmmalloc", type: .dynamic, targets: ["VMMalloc"]),
        .library(name: "vmmalloc-debug", type: .dynamic, targets: ["VMMallocDebug"]),
        .executable(name: "forklab", targets: ["forklab"]),
        .executable(name: "forklab-workload", targets: ["forklab-workload"]),
        .executable(name: "forklab-step", targets: ["forklab-step"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/ordo-one/TextTable", from: "0.0.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-algorithms", from: "1.2.1"),
    ],
    targets: [
        // The preload library. Debug information as Swift's, version 4: Debian 12's valgrind stops at version 5.
        .target(name: "CLinux", cSettings: [.unsafeFlags(["-gdwarf-4"])]),
        // Its calls of what a program may replace are one jump.
        .target(
            name: "CVMMalloc", dependencies: ["CLinux"],
            cSettings: [.unsafeFlags(["-fno-plt", "-momit-leaf-frame-pointer", "-gdwarf-4"])]),
        .target(name: "AllocatorCore", dependencies: ["CLinux"], swiftSettings: [debugBuild]),
        .target(
            name: "VMMalloc",
            dependencies: ["CLinux", "CVMMalloc"],
            exclude: ["exports.map"],
            swiftSettings: embedded,
            linkerSettings: preloadLibrary + exported(ownFunctions) + otherFunctions),
        .target(
            name: "VMMallocDebug",
            dependencies: ["CLinux", "CVMMalloc"],
            exclude: ["VMMalloc/exports.map"],
            swiftSettings: embedded + [debugBuild],
            linkerSettings: preloadLibrary + exported(tracedFunctions, prefix: "vmmalloc_traced_")
                + otherFunctions
                + exported(["_exit", "_Exit", "_Znwm"])),

        // The harness.
        .systemLibrary(
            name: "CPMem", pkgConfig: "libpmem", providers: [.apt(["libpmem-dev"])]),
        .target(name: "CProcess"),
        .systemLibrary(name: "CStep"),
        .target(
            name: "LabBase",
            dependencies: ["CProcess", .product(name: "SystemPackage", package: "swift-system")]),
        .target(
            name: "Measurement",
            dependencies: [
                "CProcess", "LabBase", .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(
            name: "WorkloadSchema",
            dependencies: ["LabBase", "Measurement"]),
        .target(
            name: "LabStatistics",
            dependencies: ["LabBase"]),
        .target(
            name: "LabMetrics",
            dependencies: [
                "LabBase", "LabStatistics", "Measurement", "WorkloadSchema",
                .product(name: "Algorithms", package: "swift-algorithms"),
            ]),
        .target(
            name: "LabProcess",
            dependencies: [
                "CProcess", "LabBase", "Measurement",
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(
            name: "LabScenario",
            dependencies: [
                "LabBase", "LabMetrics", "Measurement", "WorkloadSchema",
                .product(name: "Yams", package: "Yams"),
                .product(name: "Algorithms", package: "swift-algorithms"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(
            name: "LabRun",
            dependencies: [
                "CPMem", "CProcess", "LabBase", "LabMetrics", "LabProcess", "LabScenario", "Measurement",
                "WorkloadSchema",
                .product(name: "Algorithms", package: "swift-algorithms"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(
            name: "LabAnalysis",
            dependencies: [
                "LabBase", "LabMetrics", "LabRun", "LabScenario", "LabStatistics", "Measurement",
                "WorkloadSchema",
                .product(name: "Algorithms", package: "swift-algorithms"),
            ]),
        // Of its own, so that what shows a table need not wait for all reports.
        .target(
            name: "LabTables", dependencies: [.product(name: "TextTable", package: "TextTable")]),
        .target(
            name: "LabReport",
            dependencies: [
                "LabAnalysis", "LabBase", "LabMetrics", "LabProcess", "LabRun", "LabScenario",
                "LabStatistics", "LabTables", "Measurement", "WorkloadSchema",
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "TextTable", package: "TextTable"),
                .product(name: "Algorithms", package: "swift-algorithms"),
            ],
            resources: [
                .embedInCode("Export/HTML/report.css"), .embedInCode("Export/HTML/report.mustache"),
            ],
            swiftSettings: [unoptimized]),
        .target(
            name: "LabDoctor",
            dependencies: [
                "LabBase", "LabProcess", "LabRun", "LabScenario", "Measurement",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: [unoptimized]),
        .target(
            name: "LabRecommend",
            dependencies: [
                "LabAnalysis", "LabBase", "LabDoctor", "LabMetrics", "LabProcess", "LabTables", "LabRun",
                "LabScenario", "LabStatistics", "Measurement", "WorkloadSchema",
                .product(name: "Yams", package: "Yams"),
                .product(name: "Algorithms", package: "swift-algorithms"),
            ],
            swiftSettings: [unoptimized]),
        .target(
            name: "LabCompatibility",
            dependencies: [
                "CProcess", "LabBase", "LabProcess", "LabTables", "LabRun", "LabScenario", "Measurement",
                "WorkloadSchema",
            ],
            swiftSettings: [unoptimized]),
        .target(
            name: "LabCitation",
            dependencies: [
                "LabAnalysis", "LabBase", "LabMetrics", "LabReport", "LabRun", "LabScenario",
                "LabStatistics", "LabTables", "Measurement", "WorkloadSchema",
                .product(name: "Algorithms", package: "swift-algorithms"),
            ],
            swiftSettings: [unoptimized]),
        .target(
            name: "LabInstallation",
            dependencies: [
                "LabBase", "LabProcess",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: [unoptimized]),
        .target(
            name: "CommandLineTool",
            dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")]),
        .target(
            name: "WorkloadBase",
            dependencies: [
                "CommandLineTool", "CProcess", "LabBase", "Measurement", "WorkloadSchema",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .target(
            name: "WorkloadSemantics",
            dependencies: [
                "CommandLineTool", "CProcess", "LabBase", "Measurement", "WorkloadBase", "WorkloadSchema",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "forklab-workload",
            dependencies: [
                "CommandLineTool", "CProcess", "LabBase", "LabProcess", "Measurement", "WorkloadBase",
                "WorkloadSchema", "WorkloadSemantics",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // Its start is measured, so it has no Swift runtime to start.
        .executableTarget(
            name: "forklab-step",
            dependencies: ["CStep"],
            swiftSettings: embedded,
            linkerSettings: [.unsafeFlags(["-use-ld=lld"]), linker("--gc-sections", "--as-needed")]),
        .executableTarget(
            name: "forklab",
            dependencies: [
                "CommandLineTool", "LabAnalysis", "LabBase", "LabCitation", "LabCompatibility",
                "LabDoctor", "LabInstallation", "LabProcess", "LabRecommend", "LabReport", "LabRun",
                "LabScenario", "Measurement", "WorkloadSchema",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: [unoptimized]),

        .testTarget(name: "AllocatorCoreTests", dependencies: ["AllocatorCore", "CLinux"]),
        // Runs the programs that were built, and makes what several suites test with.
        .testTarget(
            name: "LabTestSupport",
            dependencies: [
                "CProcess", "LabAnalysis", "LabBase", "LabProcess", "LabReport", "LabRun", "LabScenario",
                "Measurement", "WorkloadSchema", "forklab", "forklab-workload",
            ]),
        .testTarget(name: "LabBaseTests", dependencies: ["LabBase", "LabProcess", "LabTestSupport"]),
        .testTarget(name: "MeasurementTests", dependencies: ["CProcess", "LabBase", "Measurement"]),
        .testTarget(name: "WorkloadSchemaTests", dependencies: ["LabBase", "Measurement", "WorkloadSchema"]),
        .testTarget(
            name: "LabStatisticsTests",
            dependencies: [
                "LabBase", "LabStatistics",
            ],
            exclude: ["coverage.py", "expected.py"]),
        .testTarget(
            name: "LabMetricsTests",
            dependencies: [
                "LabBase", "LabMetrics", "Measurement", "WorkloadSchema",
            ]),
        .testTarget(name: "LabProcessTests", dependencies: ["LabProcess"]),
        .testTarget(
            name: "LabScenarioTests",
            dependencies: [
                "LabBase", "LabMetrics", "LabRun", "LabScenario", "LabTestSupport", "Measurement",
                "WorkloadSchema",
            ],
            exclude: ["Golden"]),
        .testTarget(
            name: "LabRunTests",
            dependencies: [
                "CProcess", "LabAnalysis", "LabBase", "LabMetrics", "LabProcess", "LabReport", "LabRun",
                "LabScenario", "LabTestSupport", "Measurement", "WorkloadSchema",
            ]),
        .testTarget(
            name: "LabAnalysisTests",
            dependencies: [
                "LabAnalysis", "LabBase", "LabMetrics", "LabProcess", "LabReport", "LabRun", "LabScenario",
                "LabStatistics", "LabTestSupport", "Measurement", "WorkloadSchema",
            ]),
        .testTarget(
            name: "LabReportTests",
            dependencies: [
                "LabAnalysis", "LabBase", "LabMetrics", "LabProcess", "LabReport", "LabRun", "LabScenario",
                "LabStatistics", "LabTestSupport", "Measurement", "WorkloadSchema",
            ]),
        .testTarget(
            name: "LabDoctorTests",
            dependencies: [
                "LabBase", "LabDoctor", "LabProcess", "LabRun", "LabScenario", "Measurement",
            ]),
        .testTarget(
            name: "LabRecommendTests",
            dependencies: [
                "LabAnalysis", "LabBase", "LabDoctor", "LabProcess", "LabRecommend", "LabRun", "LabScenario",
                "LabStatistics", "LabTestSupport", "Measurement", "WorkloadSchema",
            ],
            exclude: ["Golden"]),
        .testTarget(
            name: "LabCompatibilityTests",
            dependencies: [
                "LabBase", "LabCompatibility", "LabTestSupport", "Measurement",
            ]),
        .testTarget(
            name: "LabCitationTests",
            dependencies: [
                "LabAnalysis", "LabBase", "LabCitation", "LabMetrics", "LabProcess", "LabReport", "LabRun",
                "LabScenario", "LabStatistics", "LabTestSupport", "Measurement", "WorkloadSchema",
            ],
            exclude: ["Golden"]),
        .testTarget(
            name: "forklab-workloadTests",
            dependencies: [
                "CProcess", "LabMetrics", "LabProcess", "LabRun", "LabScenario", "LabTestSupport",
                "Measurement", "WorkloadSchema", "forklab-workload",
            ]),
        .testTarget(
            name: "forklabTests",
            dependencies: [
                "LabAnalysis", "LabProcess", "LabRun", "LabScenario", "LabTestSupport", "forklab",
            ]),
        .testTarget(
            name: "VMMallocTests",
            dependencies: ["LabProcess", "forklab", "forklab-workload"],
            exclude: ["Programs"]),
    ],
    swiftLanguageModes: [.v6]
)
