/* System calls of Linux 6.7, newer than Debian 12's headers: for C, Swift and the assembler. */
#ifndef SYSTEM_CALL_NUMBERS_H
#define SYSTEM_CALL_NUMBERS_H

#define SYS_FUTEX_WAKE 454
#define SYS_FUTEX_WAIT 455
#define SYS_FUTEX_REQUEUE 456

#endif
