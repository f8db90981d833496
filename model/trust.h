/* Checking a chain against a trust. For model/ only; the rest is in model/seal.h. */
#ifndef DUBAN_MODEL_TRUST_H
#define DUBAN_MODEL_TRUST_H

#include <openssl/x509.h>

#include "model/seal.h"
#include "model/trust_cache.h"

/*
 * Does @leaf chain to a CA of @trust at @wall_time, perhaps through some of @others, and
 * was no certificate of that chain revoked by then? @ret_span: the times, this one among
 * them, at which the answer is the same.
 *
 *   E_CERTIFICATE, E_REVOKED, E_NOMEM
 */
int trust_check(const struct trust *trust, X509 *leaf, STACK_OF(X509) * others,
                int64_t wall_time, struct span *ret_span);
/* What was found good before: lives and dies with @trust. Its own lock makes it safe to
 * change while the trust is shared. */
struct trust_cache *trust_cache(const struct trust *trust);

#endif
