/* A program with its own operators new and delete, but not with all of them. The library's versions of the others must
 * call the program's, as the C++ standard says. The program's blocks start behind a header, so malloc does not know
 * them. */
#include "witness.h"

#include <new>

/* The compiler notices the missing operators, and what the others do. */
#pragma GCC diagnostic ignored "-Wsized-deallocation"
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#pragma GCC diagnostic ignored "-Wfree-nonheap-object"

static int news, deletes;
static const std::size_t header = 64;

static void *with_header(std::size_t size) {
    char *block = static_cast<char *>(malloc(header + size));
    if (!block) throw std::bad_alloc();
    memcpy(block, "a header", 9);
    check_in_pool(block);
    news++;
    return block + header;
}
static void free_with_header(void *block) {
    if (!block) return;
    char *start = static_cast<char *>(block) - header;
    CHECK(memcmp(start, "a header", 9) == 0, "%p did not come from operator new of the program", block);
    deletes++;
    free(start);
}

void *operator new(std::size_t size) { return with_header(size); }
void operator delete(void *block) noexcept { free_with_header(block); }
#ifdef ALIGNED
void *operator new(std::size_t size, std::align_val_t) { return with_header(size); }
void operator delete(void *block, std::align_val_t) noexcept { free_with_header(block); }
#endif

int main() {
    using std::nothrow;
    int pairs = 0;
    std::size_t size = 100;
    for (int i = 0; i < 100; i++) {
        ::operator delete(::operator new(size)), pairs++;
        ::operator delete(::operator new(size), size), pairs++;
        ::operator delete(::operator new(size, nothrow), nothrow), pairs++;
        ::operator delete[](::operator new[](size)), pairs++;
        ::operator delete[](::operator new[](size), size), pairs++;
        ::operator delete[](::operator new[](size, nothrow), nothrow), pairs++;
#ifdef ALIGNED
        auto aligned = std::align_val_t(64);
        ::operator delete(::operator new(size, aligned), size, aligned), pairs++;
        ::operator delete(::operator new(size, aligned, nothrow), aligned, nothrow), pairs++;
        ::operator delete[](::operator new[](size, aligned), aligned), pairs++;
        ::operator delete[](::operator new[](size, aligned), size, aligned), pairs++;
        ::operator delete[](::operator new[](size, aligned, nothrow), aligned, nothrow), pairs++;
#endif
    }
    CHECK(news == pairs && deletes == pairs, "%d of %d came from the program, %d went back", news, pairs, deletes);
    std::size_t too_much = std::size_t(1) << 46;
    CHECK(::operator new[](too_much, nothrow) == nullptr, "a block");
    return 0;
}
