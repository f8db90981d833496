/* Metadata: the pairs that travel before and after messages. */
#include "rpc/metadata.h"

#include <stdbool.h>

#include "base/err.h"
#include "rpc/base64.h"
#include "rpc/metadata_wire.h"

static bool key_is_valid(struct bytes key);
static bool value_is_ascii(struct bytes value);
static bool is_reserved(struct bytes key);
static int append(struct arena *arena, struct rpc_metadata *metadata, struct bytes key,
                  struct bytes value);
static int receive_binary(struct arena *arena, struct rpc_metadata *metadata,
                          struct bytes name, struct bytes value);
static bool ends_in_bin(struct bytes key);

int rpc_metadata_add(struct arena *arena, struct rpc_metadata *metadata, const char *key,
                     struct bytes value)
{
	struct bytes name = bytes_of_str(key);

	if (!key_is_valid(name) || is_reserved(name))
		return E_SYNTAX;
	if (!ends_in_bin(name) && !value_is_ascii(value))
		return E_SYNTAX;
	value = arena_copy(arena, value);
	if (value.data == NULL)
		return E_NOMEM;
	return append(arena, metadata, name, value);
}

const struct bytes *rpc_metadata_find(const struct rpc_metadata *metadata,
                                      const char *key)
{
	for (size_t i = metadata->count; i > 0; i--)
		if (strcmp(metadata->pairs[i - 1].key, key) == 0)
			return &metadata->pairs[i - 1].value;
	return NULL;
}

int metadata_receive(struct arena *arena, struct rpc_metadata *metadata,
                     struct bytes name, struct bytes value)
{
	if (name.len == 0 || name.data[0] == ':' || is_reserved(name))
		return 0;
	if (!key_is_valid(name))
		return 0; /* a header of HTTP's that gRPC has no word for */
	if (ends_in_bin(name))
		return receive_binary(arena, metadata, name, value);
	if (!value_is_ascii(value))
		return E_SYNTAX;
	value = arena_copy(arena, value);
	if (value.data == NULL)
		return E_NOMEM;
	return append(arena, metadata, name, value);
}

int metadata_keep(struct arena *arena, struct rpc_metadata *metadata, struct bytes name,
                  struct bytes value)
{
	char *copy = arena_strndup(arena, value.data, value.len);

	if (copy == NULL)
		return E_NOMEM;
	return append(arena, metadata, name, bytes_of(copy, value.len));
}

static int receive_binary(struct arena *arena, struct rpc_metadata *metadata,
                          struct bytes name, struct bytes value)
{
	int r = 0;

	do {
		const uint8_t *comma =
			value.len == 0 ? NULL : memchr(value.data, ',', value.len);
		size_t len = comma == NULL ? value.len : (size_t)(comma - value.data);
		struct bytes part = bytes_of(value.data, len), decoded;

		r = base64_decode(arena, part, &decoded);
		if (r == 0)
			r = append(arena, metadata, name, decoded);
		if (comma == NULL)
			break;
		value = bytes_of(comma + 1, value.len - len - 1);
	} while (r == 0);
	return r;
}

int metadata_wire_value(struct arena *arena, const struct rpc_pair *pair,
                        struct bytes *ret_value)
{
	const char *encoded;

	if (!metadata_is_binary(pair->key)) {
		*ret_value = pair->value;
		return 0;
	}
	encoded = base64_encode(arena, pair->value);
	if (encoded == NULL)
		return E_NOMEM;
	*ret_value = bytes_of_str(encoded);
	return 0;
}

bool metadata_is_binary(const char *key)
{
	return ends_in_bin(bytes_of_str(key));
}

/* Takes @value, which is in @arena already. */
static int append(struct arena *arena, struct rpc_metadata *metadata, struct bytes key,
                  struct bytes value)
{
	struct rpc_pair *pairs = arena_grow(arena, metadata->pairs, metadata->count,
	                                    &metadata->capacity, sizeof(*pairs));
	char *copy = arena_strndup(arena, key.data, key.len);

	if (pairs == NULL || copy == NULL)
		return E_NOMEM;
	metadata->pairs = pairs;
	pairs[metadata->count++] = (struct rpc_pair){copy, value};
	return 0;
}

static bool key_is_valid(struct bytes key)
{
	for (size_t i = 0; i < key.len; i++) {
		uint8_t c = key.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
		      c == '-' || c == '.'))
			return false;
	}
	return key.len > 0;
}

static bool value_is_ascii(struct bytes value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] < ' ' || value.data[i] > '~')
			return false;
	return true;
}

static bool is_reserved(struct bytes key)
{
	static const char *const names[] = {"content-type", "te", "connection",
	                                    "transfer-encoding", "host"};
	static const char prefix[] = "grpc-";

	if (key.len >= sizeof(prefix) - 1 &&
	    memcmp(key.data, prefix, sizeof(prefix) - 1) == 0)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bytes_equal(key, bytes_of_str(names[i])))
			return true;
	return false;
}

static bool ends_in_bin(struct bytes key)
{
	return key.len > 4 && memcmp(key.data + key.len - 4, "-bin", 4) == 0;
}
