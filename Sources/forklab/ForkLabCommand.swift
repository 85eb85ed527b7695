@main struct ForkLabCommand { static func main() {} }
