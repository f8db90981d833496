/*
 * An allocator for tests that fails when it is told to: in the whole process, the
 * libraries' allocations too.
 */
#ifndef TESTS_FAULT_ALLOC_H
#define TESTS_FAULT_ALLOC_H

#include <stdbool.h>

/* From now on this thread's allocations count, and the @nth fails (1: the next; 0: none).
 * It fails once; those after it are given again. */
void fault_arm(unsigned long nth);
/* Returns how many were counted. */
unsigned long fault_disarm(void);
/* Did one fail since the thread was last armed? */
bool fault_happened(void);
/* Blocks of all threads that are not freed. Under a sanitizer, which allocates behind our
 * back, only its own leak check tells. */
long fault_live(void);

#endif
