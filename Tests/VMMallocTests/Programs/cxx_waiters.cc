/* cxx_waiters KIND: one thread waits on a C++ object in the heap, a second one forks, and a third one then sets the
 * value. For std::future, std::atomic and whatever builds on them, libstdc++ waits through syscall(SYS_futex), as if
 * other processes might share the word. Prints "woken". If the wake-up is lost, SIGALRM ends the program. */
#include "witness.h"

#include <atomic>
#include <barrier>
#include <future>
#include <latch>
#include <semaphore>
#include <thread>

/* An object that one thread waits on and another one sets. */
struct Kind {
    virtual ~Kind() {}
    virtual void wait() = 0;
    virtual void set() = 0;
};

struct Future : Kind {
    std::promise<int> promise;
    std::future<int> future = promise.get_future();
    void wait() override { CHECK(future.get() == 42, "a wrong value"); }
    void set() override { promise.set_value(42); }
};

struct TimedFuture : Future {
    void wait() override {
        CHECK(future.wait_for(std::chrono::hours(1)) == std::future_status::ready, "timed out");
    }
};

template <class Value> struct Atomic : Kind {
    std::atomic<Value> value{0};
    void wait() override { value.wait(0); }
    void set() override {
        value = 1;
        value.notify_one();
    }
};

struct All : Atomic<int> {
    void set() override {
        value = 1;
        value.notify_all();
    }
};

struct Flag : Kind {
    std::atomic_flag flag;
    void wait() override { flag.wait(false); }
    void set() override {
        flag.test_and_set();
        flag.notify_one();
    }
};

struct Semaphore : Kind {
    std::counting_semaphore<> semaphore{0};
    void wait() override { semaphore.acquire(); }
    void set() override { semaphore.release(); }
};

struct Latch : Kind {
    std::latch latch{1};
    void wait() override { latch.wait(); }
    void set() override { latch.count_down(); }
};

struct Barrier : Kind {
    std::barrier<> barrier{2};
    void wait() override { barrier.arrive_and_wait(); }
    void set() override { barrier.arrive_and_wait(); }
};

static Kind *kind(const char *name) {
#define KIND(word, type) \
    if (strcmp(name, word) == 0) return new type
    KIND("future", Future);
    KIND("timed future", TimedFuture);
    KIND("atomic", Atomic<int>);
    KIND("long atomic", Atomic<long>);
    KIND("notify_all", All);
    KIND("flag", Flag);
    KIND("semaphore", Semaphore);
    KIND("latch", Latch);
    KIND("barrier", Barrier);
    CHECK(false, "no kind %s", name);
    return nullptr;
}

int main(int, char **arguments) {
    /* Only ends a hang: nothing here takes long. */
    alarm(60);
    Kind *what = kind(arguments[1]);
    placement before = check_in_pool(what);
    std::atomic<pid_t> waiter{0};
    std::thread waiting([&] {
        waiter = gettid();
        what->wait();
    });
    while (waiter == 0 || !sleeps_in_futex(waiter)) sched_yield();
    std::thread([&] {
        pid_t child = fork();
        if (child == 0) {
            check_mode_took_effect(what, before, true);
            _exit(0);
        }
        check_child(child);
    }).join();
    check_mode_took_effect(what, before, false);
    std::thread([&] { what->set(); }).join();
    waiting.join();
    delete what;
    printf("woken\n");
    return 0;
}
