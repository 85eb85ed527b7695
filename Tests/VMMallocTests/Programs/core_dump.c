/* Checks what a core file contains of the heap. "crash CASE FOLDER" leaves a core file in FOLDER; "read FOLDER"
 * examines it. */
#include "witness.h"

#include <elf.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { BLOCKS = 160, BLOCK = 64 << 10, PIECE = 4096, PIECES = BLOCKS * BLOCK / PIECE, SMALL = 64 };
enum { LARGE = 10 << 20 };

/* How much a core file may hold besides the heap: stacks, data, the allocator's metadata, the rest of a step. */
static const size_t allowance = 30 << 20;

/* A piece holds its own number and data that nothing else writes. */
struct piece {
    uint64_t mark, number, filler[PIECE / 8 - 2];
};

static uint64_t mark, small_mark, filler_seed;

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void fill(struct piece *piece, uint64_t number) {
    uint64_t state = filler_seed + number;
    piece->mark = mark;
    piece->number = number;
    for (size_t index = 0; index < sizeof piece->filler / 8; index++) piece->filler[index] = next_random(&state);
}

static bool is_whole(const struct piece *piece) {
    struct piece wanted;
    fill(&wanted, piece->number);
    return memcmp(piece, &wanted, sizeof wanted) == 0;
}

/* Computes the marks, so that the program file itself never contains them. */
static void choose_marks(uint64_t seed) {
    uint64_t state = seed;
    for (int round = 0; round < 20; round++) next_random(&state);
    mark = next_random(&state);
    small_mark = next_random(&state);
    filler_seed = next_random(&state);
}

/* MARK: The crash */

static struct piece *blocks[BLOCKS];

static void note(const char *folder, uint64_t seed, size_t small_blocks, size_t extra_bytes) {
    char text[200];
    int length = snprintf(text, sizeof text, "%lu %zu %zu\n", seed, PIECES + small_blocks,
                          (size_t)BLOCKS * BLOCK + extra_bytes);
    CHECK(chdir(folder) == 0, "no folder %s", folder);
    int file = open("expected", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(file >= 0 && write(file, text, length) == length, "expected");
    close(file);
}

static void *wait_for_ever(void *unused) {
    (void)unused;
    pause();
    return NULL;
}

/* Allocates large blocks, each through its own call to the pool, and frees all but `kept` of every eight. Returns the
 * number of bytes kept. */
static size_t take_and_give_back(int kept) {
    char *large[32];
    size_t bytes = 0;
    for (int index = 0; index < 32; index++) {
        CHECK((large[index] = malloc(LARGE)) != NULL, "no memory");
        memset(large[index], 1, LARGE);
    }
    for (int index = 0; index < 32; index++) {
        if (index % 8 < kept) bytes += LARGE;
        else free(large[index]);
    }
    return bytes;
}

static void fork_and_wait(struct placement before) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    check_child(child);
    check_mode_took_effect(blocks[0], before, false);
}

/* Forks and returns in the child, which has not written to the heap yet. The parent exits with status 0 if the child
 * crashed. */
static void become_child(struct placement before) {
    pid_t child = fork();
    CHECK(child >= 0, "fork failed");
    if (child == 0) return check_mode_took_effect(blocks[0], before, true);
    int status;
    CHECK(waitpid(child, &status, 0) == child, "waitpid failed");
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "the child ended with wait status %#x", status);
    check_mode_took_effect(blocks[0], before, false);
    _exit(0);
}

/* glibc resets the lock of a FILE in the child, so mode 2 makes that page private. Nothing else on the page may get
 * lost. These blocks are smaller than a piece, so the reader finds them by their marks. */
static struct small {
    uint64_t mark, number;
} *small[SMALL];

static void fill_the_pages_of_a_file(uint64_t first) {
    size_t together = 0;
    FILE *file = fopen("/dev/null", "r");
    CHECK(file != NULL, "no FILE");
    for (int index = 0; index < SMALL; index++) {
        /* The size that fopen allocates for a FILE and what belongs to it. */
        CHECK((small[index] = malloc(472)) != NULL, "no memory");
        small[index]->mark = small_mark;
        small[index]->number = first + index;
        together += ((uintptr_t)small[index] ^ (uintptr_t)file) < PIECE;
    }
    CHECK(together > 0, "no block lies in the page of the FILE");
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0, "no thread");
}

static int crash(const char *which, const char *folder) {
    uint64_t seed = (uint64_t)getpid() << 32 | 0x5eed;
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_CORE, &limit) == 0, "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_CORE, &limit) == 0, "setrlimit");
    choose_marks(seed);
    for (int index = 0; index < BLOCKS; index++) {
        CHECK((blocks[index] = malloc(BLOCK)) != NULL, "no memory");
        for (int piece = 0; piece < BLOCK / PIECE; piece++)
            fill(blocks[index] + piece, index * (BLOCK / PIECE) + piece);
    }
    struct placement before = check_in_pool(blocks[0]);
    size_t extra = 0;
    if (strcmp(which, "shrunk") == 0) take_and_give_back(0);
    if (strcmp(which, "gaps") == 0) extra = take_and_give_back(1);
    bool has_file = strcmp(which, "file") == 0;
    if (has_file) fill_the_pages_of_a_file(PIECES);
    note(folder, seed, has_file ? SMALL : 0, extra);
    if (has_file) fork_and_wait(before);
    if (strcmp(which, "parent-after") == 0) fork_and_wait(before);
    if (strcmp(which, "child") == 0) become_child(before);
    if (strcmp(which, "child-after") == 0) {
        become_child(before);
        fill(blocks[BLOCKS - 1], (BLOCKS - 1) * (BLOCK / PIECE));
    }
    if (strcmp(which, "second-child") == 0) {
        fork_and_wait(before);
        become_child(before);
    }
    if (strcmp(which, "grandchild") == 0) {
        become_child(before);
        pid_t child = fork();
        CHECK(child >= 0, "fork failed");
        if (child > 0) {
            int status;
            CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status), "the grandchild lives");
            /* Keeps the grandchild's core file from being overwritten. */
            limit.rlim_cur = 0;
            CHECK(setrlimit(RLIMIT_CORE, &limit) == 0, "setrlimit");
            raise(SIGABRT);
        }
    }
    if (strcmp(which, "shrunk-after") == 0) {
        fork_and_wait(before);
        take_and_give_back(0);
    }
    abort();
}

/* MARK: The core file */

static int read_core(const char *folder) {
    CHECK(chdir(folder) == 0, "no folder %s", folder);
    FILE *expected = fopen("expected", "r");
    uint64_t seed;
    size_t pieces, bytes;
    CHECK(expected && fscanf(expected, "%lu %zu %zu", &seed, &pieces, &bytes) == 3, "expected");
    choose_marks(seed);
    int file = open("core", O_RDONLY);
    struct stat status;
    CHECK(file >= 0 && fstat(file, &status) == 0, "no core file in %s", folder);
    const char *core = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    CHECK(core != MAP_FAILED, "mmap");
    const Elf64_Ehdr *header = (const void *)core;
    CHECK(memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_type == ET_CORE, "no core file");
    const Elf64_Phdr *segments = (const void *)(core + header->e_phoff);
    bool *found = calloc(pieces, 1);
    size_t count = 0, doubles = 0;
    for (int index = 0; index < header->e_phnum; index++) {
        if (segments[index].p_type != PT_LOAD) continue;
        const char *end = core + segments[index].p_offset + segments[index].p_filesz;
        CHECK(end <= core + status.st_size, "a segment is cut off");
        for (const char *place = core + segments[index].p_offset; place < end; place += 16) {
            const struct piece *piece = (const void *)place;
            bool is_small = piece->mark == small_mark;
            if ((piece->mark != mark && !is_small) || piece->number >= pieces) continue;
            if (is_small != (piece->number >= PIECES)) continue;
            if (!is_small && ((const char *)(piece + 1) > core + status.st_size || !is_whole(piece))) continue;
            if (found[piece->number]) doubles++;
            else count++;
            found[piece->number] = true;
        }
    }
    CHECK(count == pieces, "%zu of %zu pieces of the heap are in the core file of %zu bytes", count, pieces,
          (size_t)status.st_size);
    CHECK(doubles == 0, "%zu pieces are there twice", doubles);
    size_t limit = bytes + allowance;
    CHECK((size_t)status.st_size <= limit && (size_t)status.st_blocks * 512 <= limit,
          "%zu bytes of heap make a core file of %zu bytes, %zu of them in blocks", bytes, (size_t)status.st_size,
          (size_t)status.st_blocks * 512);
    return 0;
}

int main(int count, char **arguments) {
    CHECK(count >= 3, "crash CASE FOLDER, or read FOLDER");
    if (strcmp(arguments[1], "read") == 0) return read_core(arguments[2]);
    return crash(arguments[2], arguments[3]);
}
