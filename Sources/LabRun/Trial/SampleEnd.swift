import LabProcess
import LabScenario
import WorkloadSchema

extension Sample {
    /// Records how the workload ended.
    mutating func record(_ end: ChildProcess.ProcessEnd) {
        switch end {
        case .exited(let status):
            exitStatus = status
            outcome = status == 0 && report?.complete == true ? .completed : .failed
        case .signalled(let number):
            signal = number
            outcome = .signalled
        case .timedOut, .interrupted, .abandoned: outcome = .timedOut
        }
    }
}
