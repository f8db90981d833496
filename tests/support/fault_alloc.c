/*
 * malloc and its family, in front of the C library's or the sanitizer's own.
 *
 * The dynamic linker binds every library to the program's functions of these names, so
 * that nghttp2, OpenSSL, libuv and zlib meet the same bad luck as our own code.
 */
#include "tests/support/fault_alloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif
#define EXPORTED __attribute__((visibility("default")))

extern void *REAL(malloc)(size_t size);
extern void *REAL(calloc)(size_t count, size_t size);
extern void *REAL(realloc)(void *ptr, size_t size);
extern void REAL(free)(void *ptr);

static _Thread_local bool armed, happened;
static _Thread_local unsigned long counted, fails_at;
static atomic_long live;

void fault_arm(unsigned long nth)
{
	happened = false;
	counted = 0;
	fails_at = nth;
	armed = true;
}

unsigned long fault_disarm(void)
{
	armed = false;
	return counted;
}

bool fault_happened(void)
{
	return happened;
}

long fault_live(void)
{
	return atomic_load(&live);
}

static bool must_fail(void)
{
	if (!armed || ++counted != fails_at)
		return false;
	happened = true;
	errno = ENOMEM;
	return true;
}

static void *count(void *given)
{
	if (given != NULL)
		atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
	return given;
}

EXPORTED void *malloc(size_t size)
{
	return must_fail() ? NULL : count(REAL(malloc)(size));
}

EXPORTED void *calloc(size_t many, size_t size)
{
	return must_fail() ? NULL : count(REAL(calloc)(many, size));
}

EXPORTED void *realloc(void *ptr, size_t size)
{
	if (must_fail())
		return NULL;
	if (ptr == NULL)
		return count(REAL(realloc)(ptr, size));
	if (size == 0)
		atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
	return REAL(realloc)(ptr, size);
}

EXPORTED void free(void *ptr)
{
	if (ptr != NULL)
		atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
	REAL(free)(ptr);
}
