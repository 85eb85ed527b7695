#pragma once
#include <sys/mman.h>
static inline void *cl_map_failed(void) { return MAP_FAILED; }
