import ArgumentParser

extension SizeDistribution: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}
