/*
 * Session ticket keys, newest first:
 *
 *	turn -> [seals][opens][opens] -> forgotten
 *
 * A key that no longer seals opens for as long as the last ticket that it sealed may
 * live, so that turning over costs no client a full handshake. Forgotten keys are wiped:
 * whoever steals the memory later cannot open the tickets of earlier days.
 */
#include "rpc/ticket_keys.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/cursor.h"
#include "base/err.h"

static int make(struct ticket_key *key, uint64_t now);
static void forget_old(struct ticket_keys *keys, uint64_t now, uint64_t life);

int ticket_keys_read(struct bytes file, struct ticket_keys *ret)
{
	struct ticket_keys keys = {.is_given = true, .count = file.len / TICKET_KEY_SIZE};
	struct reader reader;

	if (keys.count == 0 || keys.count > TICKET_KEYS_MAX ||
	    file.len % TICKET_KEY_SIZE != 0)
		return E_SYNTAX;
	reader_init(&reader, file);
	for (size_t i = 0; i < keys.count; i++) {
		struct ticket_key *key = &keys.keys[i];

		memcpy(key->name, read_bytes(&reader, sizeof(key->name)).data,
		       sizeof(key->name));
		memcpy(key->mac, read_bytes(&reader, sizeof(key->mac)).data,
		       sizeof(key->mac));
		memcpy(key->cipher, read_bytes(&reader, sizeof(key->cipher)).data,
		       sizeof(key->cipher));
		if (ticket_keys_find(&keys, key->name) != key) {
			ticket_keys_finish(&keys);
			return E_EXISTS;
		}
	}
	*ret = keys;
	ticket_keys_finish(&keys);
	return 0;
}

int ticket_keys_turn(struct ticket_keys *keys, uint64_t now, uint64_t rotate,
                     uint64_t life)
{
	struct ticket_key fresh;
	size_t kept;

	if (keys->is_given)
		return 0;
	forget_old(keys, now, life);
	if (keys->count > 0 && now - keys->keys[0].since < rotate)
		return 0;
	if (make(&fresh, now) < 0)
		return E_IO;
	kept = keys->count < TICKET_KEYS_MAX ? keys->count : TICKET_KEYS_MAX - 1;
	keys->keys[0].replaced = now;
	memmove(&keys->keys[1], &keys->keys[0], kept * sizeof(fresh));
	keys->keys[0] = fresh;
	keys->count = kept + 1;
	OPENSSL_cleanse(&fresh, sizeof(fresh));
	return 0;
}

static void forget_old(struct ticket_keys *keys, uint64_t now, uint64_t life)
{
	while (keys->count > 1 && now - keys->keys[keys->count - 1].replaced >= life) {
		keys->count--;
		OPENSSL_cleanse(&keys->keys[keys->count], sizeof(keys->keys[0]));
	}
}

static int make(struct ticket_key *key, uint64_t now)
{
	if (RAND_bytes(key->name, sizeof(key->name)) != 1 ||
	    RAND_priv_bytes(key->mac, sizeof(key->mac)) != 1 ||
	    RAND_priv_bytes(key->cipher, sizeof(key->cipher)) != 1)
		return E_IO;
	key->since = now;
	key->replaced = 0;
	return 0;
}

const struct ticket_key *ticket_keys_find(const struct ticket_keys *keys,
                                          const uint8_t *name)
{
	for (size_t i = 0; i < keys->count; i++)
		if (memcmp(keys->keys[i].name, name, TICKET_NAME_SIZE) == 0)
			return &keys->keys[i];
	return NULL;
}

void ticket_keys_finish(struct ticket_keys *keys)
{
	OPENSSL_cleanse(keys, sizeof(*keys));
}
