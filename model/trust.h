/* Checking a chain against a trust. For model/ only; the rest is in model/seal.h. */
#ifndef DUBAN_MODEL_TRUST_H
#define DUBAN_MODEL_TRUST_H

#include <openssl/x509.h>

#include "model/seal.h"

/*
 * Does @leaf chain to a CA of @trust at @wall_time, perhaps through some of @others, and
 * was no certificate of that chain revoked by then?
 *
 *   E_CERTIFICATE, E_REVOKED, E_NOMEM
 */
int trust_check(const struct trust *trust, X509 *leaf, STACK_OF(X509) * others,
                int64_t wall_time);

#endif
