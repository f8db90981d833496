/* The OpenSSL library context that TLS works in. */
#ifndef RPC_TLS_LIBRARY_H
#define RPC_TLS_LIBRARY_H

#include <openssl/types.h>

/*
 * Made at the first call, for the whole process, and never freed. Borrowed.
 *
 * NULL, which means OpenSSL's default context everywhere: the program or its
 * openssl.cnf chose other providers than the default one, and they are to be used.
 */
OSSL_LIB_CTX *tls_library(void);

#endif
