// A C++ library with everything that allocates behind the scenes: static objects, thread_local objects, exceptions,
// containers.
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {
std::vector<char> mebibyte(1 << 20, 'x');
std::map<int, std::string> table = [] {
    std::map<int, std::string> map;
    for (int i = 0; i < 1000; i++) map[i] = std::string(i, 'y');
    return map;
}();
struct alignas(256) Aligned {
    char bytes[1000];
};

size_t work() {
    thread_local std::string name(5000, 'z');
    size_t sum = name.size();
    try {
        throw std::runtime_error(std::string(3000, 'e'));
    } catch (const std::exception &error) {
        sum += std::string(error.what()).size();
    }
    auto aligned = std::make_unique<Aligned>();
    sum += reinterpret_cast<size_t>(aligned.get()) % 256;
    return sum;
}
}  // namespace

/// Returns 8000 for each thread, plus the bytes of the static objects.
extern "C" size_t plugin_run() {
    size_t sums[3] = {};
    std::vector<std::thread> threads;
    for (size_t &sum : sums) threads.emplace_back([&sum] { sum = work(); });
    for (auto &thread : threads) thread.join();
    size_t sum = mebibyte.size() + table[999].size();
    for (size_t each : sums) sum += each;
    return sum;
}

/// Whether an allocation that must fail throws std::bad_alloc.
extern "C" bool plugin_meets_bad_alloc(size_t size) {
    try {
        operator delete(operator new(size));
        return false;
    } catch (const std::bad_alloc &) {
        return operator new(size, std::nothrow) == nullptr;
    }
}

/// Returns a new string, which the program must delete.
extern "C" void *plugin_string() { return new std::string(100000, 's'); }
extern "C" void plugin_delete(void *string) { delete static_cast<std::string *>(string); }
