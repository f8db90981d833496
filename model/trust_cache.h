/*
 * What a trust has found out about certificates that come again and again. For model/
 * only.
 *
 * A signer sends the same certificates with every report, and checking their chain costs
 * several times what checking a signature does. Only what was found good is kept, with
 * the span of time in which nothing of it changes; so an answer from here is the one that
 * checking again would give. It dies with its trust: after a reload of CAs or revocation
 * lists nothing is remembered.
 */
#ifndef DUBAN_MODEL_TRUST_CACHE_H
#define DUBAN_MODEL_TRUST_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "base/auto.h"
#include "model/identity.h"
#include "model/receipt.h"
#include "model/seal.h"

#define TRUST_CACHE_SETS 256
#define TRUST_CACHE_WAYS 4 /* entries in a set; about 2.5 KiB each */

/* From @from on and before @until, unix seconds. */
struct span {
	int64_t from, until;
};

/* Certificates that are good, and what is in the first. */
struct vouched {
	struct identity signer;
	enum algorithm algorithm;
	EVP_PKEY *key; /* a reference */
	struct span span;
};
/* Drops the reference, if there is one. */
void vouched_finish(struct vouched *vouched);
static inline void vouched_finishp(struct vouched *vouched)
{
	vouched_finish(vouched);
}

struct trust_cache;
/* E_NOMEM. */
int trust_cache_create(struct trust_cache **ret_cache);
void trust_cache_destroy(struct trust_cache *cache); /* accepts NULL */
DEFINE_AUTO(trust_cache_destroyp, struct trust_cache, trust_cache_destroy)

/* By what an envelope's certificates are known: one hash over all of them, in order. */
void trust_cache_key(const struct envelope *envelope, uint8_t out[HASH_SIZE]);
/* Is there an answer for this time? Then @ret_vouched gets it, with a reference of its
 * own. Thread-safe, as is the next. */
bool trust_cache_find(struct trust_cache *cache, const uint8_t key[HASH_SIZE],
                      int64_t wall_time, struct vouched *ret_vouched);
/* Remember a copy, in the place of an older answer for this key, or of what was not
 * asked for longest among the few that share its place. Without memory, nothing. */
void trust_cache_keep(struct trust_cache *cache, const uint8_t key[HASH_SIZE],
                      const struct vouched *vouched);
/* How many answers it holds: at most TRUST_CACHE_SETS * TRUST_CACHE_WAYS. */
size_t trust_cache_count(struct trust_cache *cache);

#endif
