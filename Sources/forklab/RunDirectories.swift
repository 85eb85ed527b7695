import Glibc
import LabScenario

/// Where runs leave their results by default.
enum RunDirectories {
    /// The folder that contains them all.
    static let folder = "results/local"

    /// "results/local/quickstart-20260131-235959", with "-2of5" for a shard: local time.
    static func new(for scenario: Scenario, _ shard: Shard) -> String {
        let part = shard == .whole ? "" : "-\(shard.index)of\(shard.count)"
        return new(named: scenario.name) + part
    }

    /// "results/local/recommend-20260131-235959".
    static func new(named name: String) -> String { "\(folder)/\(name)-\(timeStamp())" }

    private static func timeStamp() -> String {
        var now = time(nil)
        var fields = tm()
        localtime_r(&now, &fields)
        var text = [CChar](repeating: 0, count: 32)
        let length = strftime(&text, text.count, "%Y%m%d-%H%M%S", &fields)
        return String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
