/*
 * Answers of a trust, kept in sets of a few entries each:
 *
 *	certificates -> hash -> set -> entry with that hash -> is it for this time?
 *	                first two bytes       all of it           span
 *
 * A full set loses what was not asked for longest, so memory is bounded whatever is sent;
 * and because only what a CA vouched for is kept, nobody without a certificate can push
 * anything out. The lock is held for a comparison and a copy, never for a calculation.
 *
 * What can go wrong: no memory for an entry. Then it is not kept, and is checked again.
 */
#include "model/trust_cache.h"

#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"

struct entry {
	uint8_t key[HASH_SIZE];
	struct vouched vouched;
	uint64_t used; /* cache->clock when it was last asked for */
};

struct trust_cache {
	pthread_mutex_t lock; /* for all below */
	uint64_t clock;       /* counts questions */
	size_t count;
	struct entry *sets[TRUST_CACHE_SETS][TRUST_CACHE_WAYS]; /* NULL: free */
};

static struct entry **set_of(struct trust_cache *cache, const uint8_t key[HASH_SIZE]);
static struct entry *entry_of(struct entry **set, const uint8_t key[HASH_SIZE]);
static int copy(const struct vouched *from, struct vouched *ret_to);
static struct entry *place(struct trust_cache *cache, struct entry *entry);

int trust_cache_create(struct trust_cache **ret_cache)
{
	AUTO(freep) struct trust_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL || pthread_mutex_init(&cache->lock, NULL) != 0)
		return E_NOMEM;
	*ret_cache = TAKE(cache);
	return 0;
}

void trust_cache_destroy(struct trust_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < TRUST_CACHE_SETS; i++)
		for (size_t j = 0; j < TRUST_CACHE_WAYS; j++) {
			if (cache->sets[i][j] != NULL)
				vouched_finish(&cache->sets[i][j]->vouched);
			free(cache->sets[i][j]);
		}
	CHECK(pthread_mutex_destroy(&cache->lock) == 0);
	free(cache);
}

void vouched_finish(struct vouched *vouched)
{
	EVP_PKEY_free(vouched->key);
	vouched->key = NULL;
}

/* Over the hash of each, so that no certificate can pose as part of its neighbour. */
void trust_cache_key(const struct envelope *envelope, uint8_t out[HASH_SIZE])
{
	uint8_t hashes[SEAL_CERTIFICATES_MAX][HASH_SIZE];

	CHECK(envelope->certificate_count <= SEAL_CERTIFICATES_MAX);
	for (size_t i = 0; i < envelope->certificate_count; i++)
		sha256(envelope->certificates[i], hashes[i]);
	sha256(bytes_of(hashes, envelope->certificate_count * HASH_SIZE), out);
}

bool trust_cache_find(struct trust_cache *cache, const uint8_t key[HASH_SIZE],
                      int64_t wall_time, struct vouched *ret_vouched)
{
	struct entry *entry;
	bool found;

	pthread_mutex_lock(&cache->lock);
	entry = entry_of(set_of(cache, key), key);
	found = entry != NULL && wall_time >= entry->vouched.span.from &&
	        wall_time < entry->vouched.span.until &&
	        copy(&entry->vouched, ret_vouched) == 0;
	if (found)
		entry->used = ++cache->clock;
	pthread_mutex_unlock(&cache->lock);
	return found;
}

void trust_cache_keep(struct trust_cache *cache, const uint8_t key[HASH_SIZE],
                      const struct vouched *vouched)
{
	struct entry *entry = malloc(sizeof(*entry));

	if (entry == NULL || copy(vouched, &entry->vouched) != 0) {
		free(entry);
		return;
	}
	memcpy(entry->key, key, HASH_SIZE);
	pthread_mutex_lock(&cache->lock);
	entry = place(cache, entry);
	pthread_mutex_unlock(&cache->lock);
	if (entry != NULL)
		vouched_finish(&entry->vouched);
	free(entry);
}

/* Gives what had to go, or NULL. */
static struct entry *place(struct trust_cache *cache, struct entry *entry)
{
	struct entry **set = set_of(cache, entry->key), **to = &set[0];
	struct entry *gone;

	for (size_t i = 0; i < TRUST_CACHE_WAYS; i++) {
		if (set[i] == NULL || memcmp(set[i]->key, entry->key, HASH_SIZE) == 0) {
			to = &set[i];
			break;
		}
		if (set[i]->used < (*to)->used)
			to = &set[i];
	}
	gone = *to;
	entry->used = ++cache->clock;
	*to = entry;
	cache->count += gone == NULL;
	return gone;
}

size_t trust_cache_count(struct trust_cache *cache)
{
	size_t count;

	pthread_mutex_lock(&cache->lock);
	count = cache->count;
	pthread_mutex_unlock(&cache->lock);
	return count;
}

static struct entry **set_of(struct trust_cache *cache, const uint8_t key[HASH_SIZE])
{
	return cache->sets[(key[0] | key[1] << 8) % TRUST_CACHE_SETS];
}

/* Entries of a set are filled from the first on and never emptied. */
static struct entry *entry_of(struct entry **set, const uint8_t key[HASH_SIZE])
{
	for (size_t i = 0; i < TRUST_CACHE_WAYS && set[i] != NULL; i++)
		if (memcmp(set[i]->key, key, HASH_SIZE) == 0)
			return set[i];
	return NULL;
}

static int copy(const struct vouched *from, struct vouched *ret_to)
{
	if (EVP_PKEY_up_ref(from->key) != 1)
		return E_NOMEM;
	*ret_to = *from;
	return 0;
}
