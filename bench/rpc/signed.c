/*
 * The comparison's signed reports.
 *
 *	key id -> key; signature over payload; payload -> report; figures below the target
 *
 * What can go wrong: the file of keys is not what it should be (run the comparison's
 *setup again); a request that is not one of the load generator's is refused.
 */
#include "signed.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"

#define KEYS_MAX   64
#define KEY_SIZE   32
#define LINE_SIZE  128
#define REPORT_ID  16
#define TASKS      1000
#define DEPTH_MAX  4
#define TARGET_LOW 100
#define TARGETS    50

struct signed_key {
	char id[LINE_SIZE];
	EVP_PKEY *key;
};

struct signed_keys {
	size_t count;
	EVP_MD_CTX *digest;
	struct signed_key keys[KEYS_MAX];
};

static int read_line(struct signed_keys *keys, const char *line);
static int verify(const struct signed_keys *keys,
                  const Duban__V1__SubmitRequest *request);
static const struct signed_key *find(const struct signed_keys *keys, const char *id);
static uint32_t count_below(const Duban__V1__Report *report);

int signed_keys_create(const char *file, struct signed_keys **ret_keys)
{
	AUTO(signed_keys_destroyp) struct signed_keys *keys = calloc(1, sizeof(*keys));
	AUTO(fclosep) FILE *from = fopen(file, "re");
	char line[LINE_SIZE];
	int r = 0;

	if (from == NULL)
		return E_IO;
	if (keys != NULL)
		keys->digest = EVP_MD_CTX_new();
	if (keys == NULL || keys->digest == NULL)
		return E_NOMEM;
	while (r == 0 && fgets(line, sizeof(line), from) != NULL)
		r = read_line(keys, line);
	if (r < 0)
		return r;
	*ret_keys = TAKE(keys);
	return 0;
}

static int read_line(struct signed_keys *keys, const char *line)
{
	struct signed_key *key = &keys->keys[keys->count];
	size_t id = strcspn(line, " "), hex;
	uint8_t raw[KEY_SIZE];

	if (line[id] != ' ' || keys->count == KEYS_MAX)
		return E_SYNTAX;
	memcpy(key->id, line, id);
	line += id + 1;
	hex = strcspn(line, "\n");
	if (hex != 2 * sizeof(raw) || bytes_from_hex(line, raw, sizeof(raw)) < 0)
		return E_SYNTAX;
	key->key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
	if (key->key == NULL)
		return E_SYNTAX;
	keys->count++;
	return 0;
}

void signed_keys_destroy(struct signed_keys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->count; i++)
		EVP_PKEY_free(keys->keys[i].key);
	EVP_MD_CTX_free(keys->digest);
	free(keys);
}

int signed_check(const struct signed_keys *keys, const Duban__V1__SubmitRequest *request,
                 struct arena *arena, Duban__V1__SubmitReply *ret_reply)
{
	const ProtobufCMessage *message;
	const Duban__V1__Report *report;
	int r = verify(keys, request);

	if (r == 0)
		r = rpc_typed_unpack(arena, &duban__v1__report__descriptor,
		                     bytes_of(request->payload.data,
		                              request->payload.len),
		                     DEPTH_MAX, &message);
	if (r < 0)
		return r;
	report = (const Duban__V1__Report *)message;
	if (report->report_id.len != REPORT_ID)
		return E_SYNTAX;
	if (report->task_id < 1 || report->task_id > TASKS)
		return E_NOT_FOUND;
	ret_reply->report_id = report->report_id;
	ret_reply->below_target = count_below(report);
	return 0;
}

static int verify(const struct signed_keys *keys, const Duban__V1__SubmitRequest *request)
{
	const struct signed_key *key = find(keys, request->key_id);

	if (key == NULL)
		return E_SIGNATURE;
	(void)EVP_MD_CTX_reset(keys->digest);
	if (EVP_DigestVerifyInit(keys->digest, NULL, NULL, NULL, key->key) != 1)
		return E_NOMEM;
	return EVP_DigestVerify(keys->digest, request->signature.data,
	                        request->signature.len, request->payload.data,
	                        request->payload.len) == 1
	               ? 0
	               : E_SIGNATURE;
}

static const struct signed_key *find(const struct signed_keys *keys, const char *id)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->keys[i].id, id) == 0)
			return &keys->keys[i];
	return NULL;
}

static uint32_t count_below(const Duban__V1__Report *report)
{
	uint32_t target = TARGET_LOW + report->task_id % TARGETS, below = 0;

	for (size_t i = 0; i < report->n_metrics; i++)
		below += report->metrics[i]->value < target;
	return below;
}
