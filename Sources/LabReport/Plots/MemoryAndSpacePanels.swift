import LabBase

/// Two diagrams side by side under one legend: MiB of memory, and MiB of space on the file system.
struct MemoryAndSpacePanels {
    /// The looks of the curves.
    let looks: Curves
    /// Share of the picture's height below both: room for the tics and an axis label.
    let bottom: Double
    /// gnuplot's command that draws the curves of memory.
    let memory: String
    /// gnuplot's command that draws the curves of space; empty if there are none.
    let space: String

    /// The size of the picture in pixels.
    var size: (width: Int, height: Int) { (760, 372 + looks.legendHeight) }

    /// The commands that draw both. Commands that set up the common axes must come before them.
    var commands: String {
        """
        set multiplot layout 1,\(space.isEmpty ? 1 : 2) margins 0.1,0.98,\(bottom),\(top) spacing 0.1
        set ylabel 'MiB'
        set title 'memory'
        \(looks.sharedLegend(height: size.height))
        \(memory)
        unset key
        unset ylabel
        set title 'space'
        \(space)
        unset multiplot

        """
    }

    /// Amounts in bytes as a sentence, for readers who cannot see the diagrams.
    static func words(memory: Double, space: Double?) -> String {
        "\(Quantity.bytes(memory)) of memory" + (space.map { ", \(Quantity.bytes($0)) of space." } ?? ".")
    }

    private var top: Double { 1 - Double(looks.legendHeight + 44) / Double(size.height) }
}
