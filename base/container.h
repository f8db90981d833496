/* From a member back to the struct that it is embedded in. */
#ifndef BASE_CONTAINER_H
#define BASE_CONTAINER_H

#include <stddef.h>

/* The struct of @type whose @member is at @ptr. */
#ifndef container_of
#define container_of(ptr, type, member)                                \
	((type *)(void *)((char *)(1 ? (ptr) : &((type *)0)->member) - \
	                  offsetof(type, member)))
#endif

#endif
