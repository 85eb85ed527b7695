/* The C++ half of operators_at_run_time.c. */
#include "witness.h"

#include <new>

extern "C" void run_out() {
    static const volatile std::size_t too_much = std::size_t(1) << 46;
    bool caught = false;
    try {
        CHECK(::operator new(too_much) == nullptr, "a block");
    } catch (const std::bad_alloc &) {
        caught = true;
    }
    CHECK(caught, "no exception");
    CHECK(::operator new[](too_much, std::nothrow) == nullptr, "a block");
    int *number = new int(1);
    check_in_pool(number);
    delete number;
}
