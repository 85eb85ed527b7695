#include "CVMMalloc.h"
extern void vmmalloc_start(int, char **, char **);
__attribute__((constructor(101))) static void start(int c, char **v, char **e) { vmmalloc_start(c, v, e); }
const char *malloc_conf_2_conf_harder = "retain:false";
