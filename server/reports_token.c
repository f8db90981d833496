/* Tokens: the time of receipt and the number, as hexadecimal digits. */
#include "server/reports_token.h"

#include <string.h>

#include "base/bytes.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/utf8.h"
#include "model/receipt.h"

#define TIME_SIZE 8

const char *token_write(struct arena *arena, const struct store_reports_row *row)
{
	uint8_t key[TIME_SIZE + RECEIPT_NUMBER_MAX];
	struct writer writer;
	char *token;

	writer_init(&writer, key, sizeof(key));
	write_u64(&writer, (uint64_t)row->received_at);
	write_str(&writer, row->number);
	token = arena_alloc(arena, 2 * writer.len + 1);
	if (token != NULL && writer.err == 0)
		bytes_to_hex(writer_bytes(&writer), token);
	return token;
}

int token_read(struct arena *arena, const char *token, struct store_reports_key *ret_key)
{
	uint8_t key[TIME_SIZE + RECEIPT_NUMBER_MAX];
	size_t len = strlen(token) / 2;
	struct reader reader;
	int64_t received_at;
	char *number;

	*ret_key = (struct store_reports_key){0};
	if (token[0] == '\0')
		return 0;
	if (len <= TIME_SIZE || len > sizeof(key) || bytes_from_hex(token, key, len) < 0)
		return E_SYNTAX;
	reader_init(&reader, bytes_of(key, len));
	received_at = (int64_t)read_u64(&reader);
	if (!utf8_valid(reader.rest))
		return E_SYNTAX;
	number = arena_strndup(arena, reader.rest.data, reader.rest.len);
	if (number == NULL)
		return E_NOMEM;
	ret_key->received_at = received_at;
	ret_key->number = number;
	return 0;
}
