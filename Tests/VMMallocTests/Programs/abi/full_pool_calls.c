/* full_pool_calls PLUGIN: calls functions of libc that allocate while the pool is full. Each works or fails as its
 * manual page says, none crashes or hangs, and fork works in every mode. When memory is free again, all of them
 * work. */
#include "witness.h"

#include <dirent.h>
#include <dlfcn.h>
#include <netdb.h>
#include <spawn.h>
#include <sys/wait.h>

static void **head;
static const char *plugin;

static void fill(size_t size) {
    for (void **block; (block = malloc(size)) != NULL; head = block) *block = head;
}

static bool opens_file(void) {
    FILE *file = fopen("/proc/self/status", "r");
    if (!file) return false;
    char *line = NULL;
    size_t size = 0;
    bool got = getline(&line, &size, file) > 0;
    free(line);
    fclose(file);
    return got;
}
static bool loads_library(void) {
    void *library = dlopen(plugin, RTLD_NOW | RTLD_DEEPBIND);
    if (!library) CHECK(dlerror() != NULL, "dlopen failed without a word");
    return library && dlclose(library) == 0;
}
static bool opens_directory(void) {
    DIR *directory = opendir("/");
    return directory && closedir(directory) == 0;
}
static bool duplicates(void) {
    char *text = strdup("some text that is long enough not to be found in a cache of tiny blocks");
    free(text);
    return text != NULL;
}
static bool prints(void) {
    char *text = NULL;
    if (asprintf(&text, "%0500d", 7) < 0) return false;
    free(text);
    return true;
}
static bool sets_variable(void) {
    char value[3000] = {0};
    memset(value, 'v', sizeof value - 1);
    bool set = setenv("SOME_VARIABLE", value, 1) == 0;
    return set && unsetenv("SOME_VARIABLE") == 0;
}
static bool opens_pipe(void) {
    FILE *pipe = popen("exit 3", "r");
    return pipe && WEXITSTATUS(pclose(pipe)) == 3;
}
static bool spawns(void) {
    pid_t child;
    char *arguments[] = {"true", NULL}, *environment[] = {NULL};
    if (posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environment) != 0) return false;
    check_child(child);
    return true;
}
static bool resolves(void) {
    struct addrinfo *found = NULL;
    if (getaddrinfo("127.0.0.1", "80", NULL, &found) != 0) return false;
    freeaddrinfo(found);
    return true;
}
static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static bool sorts(void) {
    static int numbers[50000];
    for (int i = 0; i < 50000; i++) numbers[i] = -i;
    qsort(numbers, 50000, sizeof *numbers, by_value);
    return numbers[0] == -49999 && numbers[49999] == 0;
}

static const struct {
    const char *name;
    bool (*works)(void);
} calls[] = {
    {"fopen", opens_file}, {"dlopen", loads_library}, {"opendir", opens_directory}, {"strdup", duplicates},
    {"asprintf", prints}, {"setenv", sets_variable}, {"popen", opens_pipe}, {"posix_spawn", spawns},
    {"getaddrinfo", resolves}, {"qsort", sorts},
};
enum { CALLS = sizeof calls / sizeof *calls };

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: full_pool_calls PLUGIN");
    plugin = argv[1];
    check_in_pool(calloc(1, 100));
    for (size_t size = 8 << 20; size >= 8; size /= 2) fill(size);
    struct placement before = check_in_pool(head);
    int failed = 0;
    for (int i = 0; i < CALLS; i++) failed += !calls[i].works();
    CHECK(failed > 0, "all calls work: the pool is not full, and this proves nothing");
    pid_t child = fork();
    CHECK(child >= 0 || (fork_mode() == 2 && errno == ENOMEM), "fork failed");
    if (child == 0) {
        check_mode_took_effect(head, before, true);
        CHECK(malloc(1 << 20) == NULL && errno == ENOMEM, "the child's pool is not full");
        for (int i = 0; i < CALLS; i++) calls[i].works();
        _exit(0);
    }
    if (child > 0) check_child(child);
    while (head) {
        void **next = *head;
        free(head);
        head = next;
    }
    for (int i = 0; i < CALLS; i++) CHECK(calls[i].works(), "%s still fails after all was freed", calls[i].name);
    return 0;
}
