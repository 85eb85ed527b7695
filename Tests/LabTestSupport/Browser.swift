import CProcess
import Foundation
import Glibc
import Testing

@testable import LabBase
@testable import LabProcess

/// A headless Chromium with one page, driven through the DevTools protocol on two pipes: messages are JSON objects
/// that end with a zero byte (`--remote-debugging-pipe`).
///
/// Its log is not enough: it leaves out resources that failed to load.
package final class Browser {
    private let process: pid_t
    private let input: Int32
    private let output: FileHandle
    private var received = Data()
    private var lastRequest = 0
    private var session: String?
    private var pageIsLoaded = false

    /// The page's complaints: console errors and warnings, exceptions, resources that failed to load,
    /// violations of its content security policy.
    package private(set) var complaints: [String] = []

    /// Starts a browser whose files are in `folder`.
    package init(folder: String) throws {
        var (commands, answers): ((Int32, Int32), (Int32, Int32)) = ((-1, -1), (-1, -1))
        try #require(cp_pipe(&commands.0, &commands.1) == 0 && cp_pipe(&answers.0, &answers.1) == 0)
        defer {
            close(commands.0)
            close(answers.1)
        }
        input = commands.1
        output = FileHandle(fileDescriptor: answers.0, closeOnDealloc: true)
        process = try Spawn(
            executable: try #require(RealPath.program("chromium")),
            arguments: [
                "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
                "--user-data-dir=\(folder)/profile",
            ],
            environment: ProgramEnvironment.plain.merging(["HOME": folder]) { $1 },
            descriptors: [(3, commands.0), (4, answers.1)]
        ).start()
        let target = try text("targetId", of: request("Target.createTarget", ["url": "about:blank"]))
        session = try text(
            "sessionId", of: request("Target.attachToTarget", ["targetId": target, "flatten": true]))
        for domain in ["Page", "Runtime", "Log", "Network"] { try request("\(domain).enable") }
    }

    deinit {
        close(input)
        kill(-process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// Opens the file at `path`, and returns when it is loaded and rendered.
    package func open(_ path: String) throws {
        pageIsLoaded = false
        try request("Page.navigate", ["url": "file://\(path)"])
        while !pageIsLoaded { note(try receive()) }
        // Complaints during rendering arrive before the answer.
        _ = try evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(''))))")
    }

    /// The text value of an expression in the page.
    package func evaluate(_ expression: String) throws -> String {
        let answer = try request(
            "Runtime.evaluate",
            ["expression": "Promise.resolve(\(expression)).then(String)", "awaitPromise": true])
        return try text("value", of: #require(answer["result"] as? [String: Any]))
    }

    /// Presses and releases a key: "Tab", "Enter".
    package func press(_ key: String) throws {
        let code = ["Tab": 9, "Enter": 13][key] ?? 0
        let text = key == "Enter" ? ["text": "\r"] : [:]
        for type in ["keyDown", "keyUp"] {
            let event: [String: Any] = [
                "type": type, "key": key, "code": key, "windowsVirtualKeyCode": code,
            ]
            try request("Input.dispatchKeyEvent", event.merging(text) { $1 })
        }
    }

    /// Gives the page the screen of a phone.
    package func narrow(to width: Int) throws {
        try request(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": 2 * width, "deviceScaleFactor": 1, "mobile": true])
    }

    /// Prints the page as PDF.
    package func pdf() throws -> Data {
        let data = try text("data", of: request("Page.printToPDF", ["preferCSSPageSize": true]))
        return try #require(Data(base64Encoded: data))
    }

    @discardableResult private func request(_ method: String, _ parameters: [String: Any] = [:]) throws
        -> [String: Any]
    {
        lastRequest += 1
        var message: [String: Any] = ["id": lastRequest, "method": method, "params": parameters]
        message["sessionId"] = session
        let bytes = try JSONSerialization.data(withJSONObject: message) + [0]
        try #require(bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) } == bytes.count)
        while true {
            let answer = try receive()
            guard answer["id"] as? Int == lastRequest else {
                note(answer)
                continue
            }
            try #require(answer["error"] == nil, "\(method): \(answer)")
            return answer["result"] as? [String: Any] ?? [:]
        }
    }

    /// The next message. Throws if the browser has ended.
    private func receive() throws -> [String: Any] {
        while true {
            if let end = received.firstIndex(of: 0) {
                let message = received[..<end]
                received = Data(received[(end + 1)...])
                return try #require(JSONSerialization.jsonObject(with: message) as? [String: Any])
            }
            let bytes = output.availableData
            try #require(!bytes.isEmpty, "Chromium has ended")
            received += bytes
        }
    }

    private func note(_ event: [String: Any]) {
        let parameters = event["params"] as? [String: Any] ?? [:]
        switch event["method"] as? String {
        case "Page.loadEventFired": pageIsLoaded = true
        case "Log.entryAdded":
            let entry = parameters["entry"] as? [String: Any] ?? [:]
            if ["error", "warning"].contains(entry["level"] as? String) {
                complaints.append("log: \(entry["text"] ?? "")")
            }
        case "Runtime.consoleAPICalled":
            if ["error", "warning", "assert"].contains(parameters["type"] as? String) {
                complaints.append("console: \(parameters["args"] ?? "")")
            }
        case "Runtime.exceptionThrown":
            complaints.append("exception: \(parameters["exceptionDetails"] ?? "")")
        case "Network.loadingFailed": complaints.append("not loaded: \(parameters["errorText"] ?? "")")
        default: break
        }
    }

    private func text(_ key: String, of answer: [String: Any]) throws -> String {
        try #require(answer[key] as? String, "\(answer)")
    }
}
