#!/usr/bin/env bash
# libstdc++'s std::atomic<int>::wait and std::future::get wait on a futex.
#
# One would guess: C++ knows no other processes, so they use the cheaper private futexes, as glibc's own mutexes do.
# Found: both wait and wake without FUTEX_PRIVATE_FLAG. The kernel then finds the waiter by the page of a file or
#   anonymous object, not by process and address. If the mapping there changes between wait and wake, the wake-up is
#   lost.
# Versions: g++ 12 (Debian 12).
# Seen, 2026-11-28: FUTEX_WAIT and FUTEX_WAKE for both, none of them private.
source "$(dirname "$0")/prelude.sh"
command -v strace >/dev/null || skip "strace is missing"
command -v g++ >/dev/null && [[ $(g++ -dumpversion) == 12* ]] || skip "g++ 12 is missing"
compile g++ waits -std=c++20 -pthread <<'C'
#include <atomic>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <unistd.h>

static std::atomic<pid_t> waiter{0};

/* Waits until the other thread sleeps in the kernel. */
static void until_it_sleeps() {
    while (waiter == 0) std::this_thread::yield();
    for (;;) {
        std::ifstream file("/proc/self/task/" + std::to_string(waiter) + "/syscall");
        std::string number;
        if (file >> number && number == "202") return;
        std::this_thread::yield();
    }
}

int main(int count, char **arguments) {
    if (std::string(arguments[1]) == "atomic") {
        std::atomic<int> value{0};
        std::thread thread([&] { waiter = gettid(); value.wait(0); });
        until_it_sleeps();
        value = 1;
        value.notify_one();
        thread.join();
    } else {
        std::promise<int> promise;
        auto future = promise.get_future();
        std::thread thread([&] { waiter = gettid(); future.get(); });
        until_it_sleeps();
        promise.set_value(1);
        thread.join();
    }
}
C
[[ $(uname -m) == x86_64 ]] || skip "the number of futex(2) is that of x86-64"
for what in atomic future; do
    strace -f -o "$scratch/trace" -e trace=futex "$scratch/waits" $what
    seen "shared waits, shared wakes of std::$what" \
        "$(grep -c 'FUTEX_WAIT, ' "$scratch/trace"), $(grep -c 'FUTEX_WAKE, ' "$scratch/trace")" "1, 1"
done
verdict "$(g++ --version | head -n 1)"
