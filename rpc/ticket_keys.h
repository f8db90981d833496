/*
 * The keys that seal a server's session tickets: the first seals, all of them open.
 *
 * Given from outside, so that several servers take up each other's sessions, or made in
 * memory and turned over as time goes by. Pure: times are the caller's, in ms.
 */
#ifndef RPC_TICKET_KEYS_H
#define RPC_TICKET_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define TICKET_NAME_SIZE   16
#define TICKET_SECRET_SIZE 32
#define TICKET_KEY_SIZE    (TICKET_NAME_SIZE + 2 * TICKET_SECRET_SIZE)
#define TICKET_KEYS_MAX    8 /* a key file's, and what is kept of our own */

struct ticket_key {
	uint8_t name[TICKET_NAME_SIZE]; /* in clear in each ticket */
	uint8_t mac[TICKET_SECRET_SIZE];
	uint8_t cipher[TICKET_SECRET_SIZE];
	uint64_t since;    /* seals from then on; only of keys of our own */
	uint64_t replaced; /* sealed until then; 0: seals now */
};

struct ticket_keys {
	bool is_given; /* never turned over by ourselves */
	size_t count;
	struct ticket_key keys[TICKET_KEYS_MAX];
};

/*
 * Take over the keys in @file, TICKET_KEY_SIZE bytes each: name, MAC key, cipher key.
 *
 *   E_SYNTAX  its size is not that of 1 to TICKET_KEYS_MAX keys
 *   E_EXISTS  two keys have one name
 */
int ticket_keys_read(struct bytes file, struct ticket_keys *ret);
/*
 * Own keys: make a new one when there is none or the first has sealed for @rotate ms;
 * forget those that were replaced @life ms ago. Given keys stay. E_IO: no randomness.
 */
int ticket_keys_turn(struct ticket_keys *keys, uint64_t now, uint64_t rotate,
                     uint64_t life);
/* The key of this name (TICKET_NAME_SIZE bytes), or NULL. Borrowed. */
const struct ticket_key *ticket_keys_find(const struct ticket_keys *keys,
                                          const uint8_t *name);
/* Leave no secret behind. */
void ticket_keys_finish(struct ticket_keys *keys);

#endif
