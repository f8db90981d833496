/*
 * Locals that own: freed on every way out of a function, or given away.
 *
 *	AUTO(plan_freep) struct plan *plan = plan_create();
 *	...
 *	*ret_plan = TAKE(plan);
 */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define AUTO(freep) __attribute__((cleanup(freep)))

/* Give a local's value away and leave NULL behind. */
#define TAKE(ptr)                               \
	({                                      \
		__typeof__(ptr) taken_ = (ptr); \
		(ptr) = NULL;                   \
		taken_;                         \
	})

/* Define @freep for AUTO, from a destroyer that accepts NULL. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses. */
#define DEFINE_AUTO(freep, type, destroy)    \
	static inline void freep(type **ptr) \
	{                                    \
		if (*ptr != NULL)            \
			destroy(*ptr);       \
	}
/* NOLINTEND(bugprone-macro-parentheses) */

static inline void freep(void *ptr)
{
	free(*(void **)ptr);
}

static inline void fclosep(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

/* For descriptors; -1 means none. */
static inline void closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

#endif
