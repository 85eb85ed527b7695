/* syscall(2) and clone(2), exported because of futexes in the pool (Futex.swift) and of locked memory
 * (LockedMemory.swift).
 *
 * A call that is passed on must find its caller's stack untouched. A child may return from libc's function, and the
 * place of the seventh argument may hold a variable of another thread. */
#include <asm/unistd.h>

#include "include/SystemCallNumbers.h"

#define CLONE_CHILD_CLEARTID 0x00200000
/* Offsets in struct clone_args. */
#define FLAGS 0
#define CHILD_TID 16

/* Has Swift record the address from a register or from the stack, on which 56 more bytes are in use by then. */
.macro note_word_of_kernel address:vararg
    push %rax
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %r8
    push %r9
    .cfi_adjust_cfa_offset 56
    mov \address, %rdi
    call vmmalloc_note_word_of_kernel
    pop %r9
    pop %r8
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    pop %rax
    .cfi_adjust_cfa_offset -56
.endm

    .hidden vmmalloc_next_system_call
    .hidden vmmalloc_next_clone
    .text

    .globl syscall
    .type syscall, @function
    .p2align 4
syscall:
    .cfi_startproc
    cmp $__NR_futex, %rdi
    je .Lfutex
    cmp $__NR_clone3, %rdi
    jae .Lnewer
    cmp $__NR_clone, %rdi
    je .Lclone
    cmp $__NR_set_tid_address, %rdi
    je .Lword
    cmp $__NR_set_robust_list, %rdi
    je .Lword
    cmp $__NR_mlock, %rdi
    jb .Lpass
    cmp $__NR_munlockall, %rdi
    jbe .Lmemory
    cmp $__NR_mlock2, %rdi
    je .Lmemory
.Lpass:
    jmp *vmmalloc_next_system_call(%rip)

/* These four have consecutive numbers: mlock, munlock, mlockall, munlockall. */
.Lmemory:
    jmp vmmalloc_change_memory_locks

.Lnewer:
    je .Lclone3
    cmp $__NR_futex_waitv, %rdi
    je .Lfutex
    cmp $SYS_FUTEX_WAKE, %rdi
    jb .Lpass
    cmp $SYS_FUTEX_REQUEUE, %rdi
    ja .Lpass

/* The number and all arguments, in the order of struct vmmalloc_system_call. */
.Lfutex:
    push 8(%rsp)
    push %r9
    push %r8
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    .cfi_adjust_cfa_offset 56
    mov %rsp, %rdi
    call vmmalloc_futex
    add $56, %rsp
    .cfi_adjust_cfa_offset -56
    ret

.Lclone:
    test $CLONE_CHILD_CLEARTID, %esi
    jz .Lpass
    note_word_of_kernel %r8
    jmp .Lpass

/* A program passes NULL to find out whether the call exists. */
.Lclone3:
    test %rsi, %rsi
    jz .Lpass
    testl $CLONE_CHILD_CLEARTID, FLAGS(%rsi)
    jz .Lpass
    note_word_of_kernel CHILD_TID(%rsi)
    jmp .Lpass

.Lword:
    note_word_of_kernel %rsi
    jmp .Lpass
    .cfi_endproc
    .size syscall, . - syscall

    .globl clone
    .type clone, @function
    .p2align 4
clone:
    .cfi_startproc
    test $CLONE_CHILD_CLEARTID, %edx
    jz 1f
    note_word_of_kernel 64(%rsp)
1:  jmp *vmmalloc_next_clone(%rip)
    .cfi_endproc
    .size clone, . - clone

/* madvise(2), which is in Swift. It is exported here because the linker cannot alias a name whose calls within the
 * library go elsewhere. */
    .globl madvise
    .type madvise, @function
    .p2align 4
madvise:
    .cfi_startproc
    jmp vmmalloc_madvise
    .cfi_endproc
    .size madvise, . - madvise

    .section .note.GNU-stack, "", @progbits
