import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// A page read by an XML parser, which accepts only well-formed text. Immutable once it is made.
final class PageStructure: NSObject, XMLParserDelegate, @unchecked Sendable {
    private(set) var elements: [(name: String, attributes: [String: String])] = []
    /// The texts of elements, by the element's name, in order.
    private(set) var texts: [String: [String]] = [:]
    private(set) var failure: String?
    private var open: [(name: String, text: String)] = []

    init(_ page: String) {
        super.init()
        let parser = XMLParser(data: Data(page.utf8))
        parser.delegate = self
        if !parser.parse() {
            failure = "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "not well formed")"
        }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        elements.append((name, attributes))
        open.append((name, ""))
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        for index in open.indices { open[index].text += text }
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
        guard let closed = open.popLast() else { return }
        texts[name, default: []].append(closed.text)
    }

    /// The values of an attribute, in order.
    func values(of attribute: String, in element: String? = nil) -> [String] {
        elements.filter { element == nil || $0.name == element }.compactMap { $0.attributes[attribute] }
    }
}
