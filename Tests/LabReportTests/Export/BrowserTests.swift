import Foundation
import Testing
import LabTestSupport

@testable import LabReport

@Suite("The report in a browser", .needs("chromium", package: "chromium"))
struct BrowserTests {
    private let folder: ScratchDirectory
    private let browser: Browser

    init() throws {
        folder = try ScratchDirectory()
        browser = try Browser(folder: folder.path)
    }

    @Test("Chromium shows and prints it without a complaint")
    func noComplaint() throws {
        let page = try HTMLExporter(warn: { _ in }).text(of: ResultFixture.shared.results)
        try browser.open(try folder.write(page, to: "report.html"))
        #expect(try browser.evaluate("document.body.innerText").contains("All that was expected held"))
        let document = try browser.pdf()
        #expect(document.starts(with: Data("%PDF".utf8)) && document.count > 10000)
        #expect(browser.complaints == [])
    }

    @Test(
        "What a page complains of is found",
        arguments: [
            ("<script>console.error('the error')</script>", "console: "),
            ("<script>throw new Error('thrown')</script>", "exception: "),
            ("<img src=\"missing.png\"/>", "not loaded: "),
            (
                "<meta http-equiv=\"Content-Security-Policy\" content=\"img-src 'none'\"/><img src=\"a.png\"/>",
                "log: "
            ),
        ])
    func complaint(_ element: String, _ begin: String) throws {
        let page = "<!DOCTYPE html><html><head><link rel=\"icon\" href=\"data:,\"/>\(element)</head></html>"
        try browser.open(try folder.write(page, to: "bad.html"))
        #expect(browser.complaints.contains { $0.hasPrefix(begin) }, "\(browser.complaints)")
    }

    @Test("The Tab key reaches every link, every fold and everything that scrolls, the verdict first")
    func keyboard() throws {
        // Fewer cells are enough.
        let fixture = try ResultFixture(fileSystems: ["/tmp"])
        let exporter = HTMLExporter(warn: { _ in }) { () throws(Gnuplot.Missing) -> Gnuplot in
            throw Gnuplot.Missing(reason: "left out")
        }
        let page = try exporter.text(of: ResultSet(directory: fixture.path))
        try browser.open(try folder.write(page, to: "report.html"))
        try browser.press("Tab")
        #expect(try browser.evaluate("document.activeElement.className") == "skip")
        // The skip link is hidden until it has the focus.
        #expect(try browser.evaluate("document.activeElement.getBoundingClientRect().left >= 0") == "true")
        try browser.press("Enter")
        #expect(try browser.evaluate("document.activeElement.id") == "verdict")

        let reachable = """
            [...document.querySelectorAll('a[href], summary, .scroll, pre')]
                .filter(element => element.checkVisibility())
            """
        let count = try #require(Int(try browser.evaluate("\(reachable).length")))
        #expect(count > 50)
        _ = try browser.evaluate(
            """
            (window.reached = new Set(),
             document.addEventListener('focusin', event => window.reached.add(event.target)),
             document.querySelector('.skip').focus(), '')
            """)
        for _ in 0..<count { try browser.press("Tab") }
        #expect(
            try browser.evaluate("\(reachable).filter(element => !window.reached.has(element)).length") == "0"
        )
    }

    @Test("On a narrow screen nothing but tables and source text reaches beyond the edge")
    func narrow() throws {
        let page = try HTMLExporter(warn: { _ in }).text(of: ResultFixture.shared.results)
        try browser.narrow(to: 360)
        try browser.open(try folder.write(page, to: "report.html"))
        #expect(try browser.evaluate("document.documentElement.scrollWidth") == "360")
    }
}
