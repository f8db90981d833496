/*
 * What stands between BASE_API_BEGIN and BASE_API_END in a header is offered to other
 * programs: it is exported by a shared library whose other names are hidden, and C++ may
 * call it.
 *
 * BASE_API_NAME gives a function of a short name a long one for the linker, so that a
 * program with a bytes_equal() of its own can be linked with the library as well.
 */
#ifndef BASE_API_H
#define BASE_API_H

#ifdef __cplusplus
#define BASE_API_BEGIN \
	extern "C" {   \
	_Pragma("GCC visibility push(default)")
#define BASE_API_END                  \
	_Pragma("GCC visibility pop") \
	}
#else
#define BASE_API_BEGIN _Pragma("GCC visibility push(default)")
#define BASE_API_END   _Pragma("GCC visibility pop")
#endif

#define BASE_API_NAME(name) __asm__("uvgrpc_" #name)

#endif
