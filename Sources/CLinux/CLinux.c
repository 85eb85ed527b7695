/* Everything is in the header; SwiftPM wants one source file. */
#include "CLinux.h"
