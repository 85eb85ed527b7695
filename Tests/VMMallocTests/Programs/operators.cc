/* All forms of operators new and delete, beside malloc and free. Every block lies in the pool. Without memory, the
 * operators do what the C++ standard says. Tests link this with other allocators too. */
#include "witness.h"

#include <initializer_list>
#include <malloc.h>
#include <new>

static void *in_pool(void *block, std::size_t size, std::size_t alignment = 1) {
    CHECK(block != nullptr, "no block of %zu bytes", size);
    check_in_pool(block);
    check_in_pool(static_cast<char *>(block) + size - 1);
    CHECK(reinterpret_cast<uintptr_t>(block) % alignment == 0, "%p is not aligned to %zu", block, alignment);
    return memset(block, 1, size);
}

static void exchange_blocks(std::size_t size) {
    using std::nothrow;
    ::operator delete(in_pool(::operator new(size), size));
    ::operator delete(in_pool(::operator new(size), size), size);
    ::operator delete(in_pool(::operator new(size, nothrow), size), nothrow);
    ::operator delete[](in_pool(::operator new[](size), size));
    ::operator delete[](in_pool(::operator new[](size), size), size);
    ::operator delete[](in_pool(::operator new[](size, nothrow), size), nothrow);
    for (std::size_t alignment : {32, 64, 4096}) {
        auto aligned = std::align_val_t(alignment);
        ::operator delete(in_pool(::operator new(size, aligned), size, alignment), aligned);
        ::operator delete(in_pool(::operator new(size, aligned), size, alignment), size, aligned);
        ::operator delete(in_pool(::operator new(size, aligned, nothrow), size, alignment), aligned, nothrow);
        ::operator delete[](in_pool(::operator new[](size, aligned), size, alignment), aligned);
        ::operator delete[](in_pool(::operator new[](size, aligned), size, alignment), size, aligned);
        ::operator delete[](in_pool(::operator new[](size, aligned, nothrow), size, alignment), aligned, nothrow);
    }
    free(in_pool(::operator new(size), size));
    ::operator delete(in_pool(malloc(size), size));
    CHECK(malloc_usable_size(in_pool(::operator new[](size), size)) >= size, "a block is too small");
    ::operator delete(nullptr);
    ::operator delete(nullptr, size);
    ::operator delete[](nullptr, std::align_val_t(64));
}

/* More than any pool holds. */
static const volatile std::size_t too_much = std::size_t(1) << 46;
static int handler_calls;
static void give_up_at_third() {
    if (++handler_calls == 3) std::set_new_handler(nullptr);
}
struct Own : std::bad_alloc {};
static void throw_own() { throw Own(); }

template <typename Allocate> static void run_out(const char *name, bool throws, Allocate allocate) {
    for (auto handler : {static_cast<std::new_handler>(nullptr), give_up_at_third}) {
        handler_calls = 0;
        std::set_new_handler(handler);
        bool caught = false;
        void *block = nullptr;
        try {
            block = allocate();
        } catch (const std::bad_alloc &) {
            caught = true;
        }
        CHECK(block == nullptr && caught == throws, "%s: a block of %p, %scaught", name, block, caught ? "" : "not ");
        CHECK(handler_calls == (handler ? 3 : 0), "%s: the handler was called %d times", name, handler_calls);
    }
    bool caught = false;
    std::set_new_handler(throw_own);
    try {
        CHECK(allocate() == nullptr, "%s: a block", name);
    } catch (const Own &) {
        caught = true;
    }
    CHECK(caught == throws, "%s: the handler's exception was %scaught", name, caught ? "" : "not ");
    std::set_new_handler(nullptr);
}

int main() {
    for (std::size_t size : {1, 100, 5000, 70000, 3000000}) exchange_blocks(size);
    auto aligned = std::align_val_t(64);
    run_out("new", true, [] { return ::operator new(too_much); });
    run_out("new[]", true, [] { return ::operator new[](too_much); });
    run_out("new, aligned", true, [=] { return ::operator new(too_much, aligned); });
    run_out("new[], aligned", true, [=] { return ::operator new[](too_much, aligned); });
    run_out("new, nothrow", false, [] { return ::operator new(too_much, std::nothrow); });
    run_out("new[], nothrow", false, [] { return ::operator new[](too_much, std::nothrow); });
    run_out("new, aligned, nothrow", false, [=] { return ::operator new(too_much, aligned, std::nothrow); });
    run_out("new[], aligned, nothrow", false, [=] { return ::operator new[](too_much, aligned, std::nothrow); });
    return 0;
}
