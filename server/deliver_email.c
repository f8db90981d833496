/* E-mails as they go over the wire: headers, an empty line, a body in base64. */
#include "server/deliver_email.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/utf8.h"
#include "model/receipt.h"

#define WORD_BYTES_MAX 45 /* so that an encoded word has at most 75 characters */
#define LINE_BYTES_MAX 57 /* 76 characters in base64 */
#define DATE_MAX       40
#define NUMBERS_MAX    40 /* alerts whose numbers stand below the text */
#define NUMBER_LEN     20 /* digits of one, at most */

static const char *list_numbers(struct arena *arena, const struct letter *letter,
                                const char *between);
static bool is_address(const char *text);
static char *encode_subject(struct arena *arena, const char *title);
static char *encode_body(struct arena *arena, const char *text);
static char *encode(char *out, const void *data, size_t len);
static void print_date(int64_t wall_now, char *out);
static char *message_id(struct arena *arena, const struct email *email);

int email_write(struct arena *arena, const struct email *email, struct bytes *ret_message)
{
	const struct letter *letter = email->letter;
	char date[DATE_MAX], *subject, *id, *body, *text, *message;
	const char *numbers, *header;

	if (!is_address(email->from) || !is_address(email->to))
		return E_SYNTAX;
	print_date(email->wall_now, date);
	subject = encode_subject(arena, letter->subject);
	id = message_id(arena, email);
	header = list_numbers(arena, letter, ",\r\n ");
	numbers = letter->count > NUMBERS_MAX ? "" : list_numbers(arena, letter, "、");
	if (subject == NULL || id == NULL || header == NULL || numbers == NULL)
		return E_NOMEM;
	text = numbers[0] != '\0'
	               ? arena_printf(arena, "%s\n\n（系统提醒，编号%s）\n", letter->text,
	                              numbers)
	               : arena_printf(arena, "%s\n\n（系统提醒，编号%lld等%zu项）\n",
	                              letter->text, (long long)letter->alerts[0].cursor,
	                              letter->count);
	body = text != NULL ? encode_body(arena, text) : NULL;
	if (body == NULL)
		return E_NOMEM;
	message = arena_printf(arena,
	                       "From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nDate: %s\r\n"
	                       "Message-ID: %s\r\nAuto-Submitted: auto-generated\r\n"
	                       "X-Duban-Alert: %s\r\nMIME-Version: 1.0\r\n"
	                       "Content-Type: text/plain; charset=UTF-8\r\n"
	                       "Content-Transfer-Encoding: base64\r\n\r\n%s",
	                       email->from, email->to, subject, date, id, header, body);
	if (message == NULL)
		return E_NOMEM;
	*ret_message = bytes_of_str(message);
	return 0;
}

/* The alerts' numbers with @between between them. */
static const char *list_numbers(struct arena *arena, const struct letter *letter,
                                const char *between)
{
	size_t size = letter->count * (NUMBER_LEN + strlen(between)) + 1, len = 0;
	char *list = arena_alloc(arena, size);

	for (size_t i = 0; list != NULL && i < letter->count; i++)
		len += (size_t)snprintf(list + len, size - len, "%s%lld",
		                        i > 0 ? between : "",
		                        (long long)letter->alerts[i].cursor);
	return list;
}

/* Printable ASCII with one @ inside, and nothing that ends an address or a line. */
static bool is_address(const char *text)
{
	const char *at = strchr(text, '@');

	if (at == NULL || at == text || at[1] == '\0' || strchr(at + 1, '@') != NULL)
		return false;
	for (; *text != '\0'; text++) {
		if (*text <= ' ' || *text > '~' || strchr("<>,;\"\\()", *text) != NULL)
			return false;
	}
	return true;
}

/* Encoded words of whole characters, one a line. */
static char *encode_subject(struct arena *arena, const char *title)
{
	struct bytes rest = bytes_of_str(title);
	char *subject = arena_alloc(arena, rest.len * 3 + 100), *out = subject;

	if (subject == NULL)
		return NULL;
	do {
		size_t len = utf8_cut(rest, WORD_BYTES_MAX);

		if (out != subject) {
			memcpy(out, "\r\n ", 3);
			out += 3;
		}
		memcpy(out, "=?UTF-8?B?", 10);
		out = encode(out + 10, rest.data, len);
		memcpy(out, "?=", 2);
		out += 2;
		rest = bytes_of(rest.data + len, rest.len - len);
	} while (rest.len > 0);
	*out = '\0';
	return subject;
}

static char *encode_body(struct arena *arena, const char *text)
{
	size_t len = strlen(text);
	size_t lines = len / LINE_BYTES_MAX + 1;
	char *body = arena_alloc(arena, lines * 80), *out = body;

	if (body == NULL)
		return NULL;
	for (size_t at = 0; at < len; at += LINE_BYTES_MAX) {
		out = encode(out, text + at,
		             len - at < LINE_BYTES_MAX ? len - at : LINE_BYTES_MAX);
		memcpy(out, "\r\n", 2);
		out += 2;
	}
	*out = '\0';
	return body;
}

/* Base64 with padding; the end of what was written. */
static char *encode(char *out, const void *data, size_t len)
{
	return out + EVP_EncodeBlock((unsigned char *)out, data, (int)len);
}

/* As RFC 5322 wants it, whatever the locale. */
static void print_date(int64_t wall_now, char *out)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = (time_t)(wall_now / 1000);
	struct tm tm = {.tm_mday = 1};

	(void)gmtime_r(&seconds, &tm);
	(void)snprintf(out, DATE_MAX, "%.3s, %02d %.3s %04d %02d:%02d:%02d +0000",
	               days + (ptrdiff_t)tm.tm_wday * 3, tm.tm_mday,
	               months + (ptrdiff_t)tm.tm_mon * 3, tm.tm_year + 1900, tm.tm_hour,
	               tm.tm_min, tm.tm_sec);
}

/* The first alert says from which database and to whom, the others are its company. */
static char *message_id(struct arena *arena, const struct email *email)
{
	const struct alert_row *first = &email->letter->alerts[0];
	const char *numbers = list_numbers(arena, email->letter, ",");
	uint8_t hash[HASH_SIZE];
	char *subject, hex[25];

	if (numbers == NULL)
		return NULL;
	subject = arena_printf(arena, "%s %lld %s %s", numbers,
	                       (long long)first->decided_at, first->recipient, email->to);
	if (subject == NULL)
		return NULL;
	sha256(bytes_of_str(subject), hash);
	bytes_to_hex(bytes_of(hash, 12), hex);
	return arena_printf(arena, "<alert-%lld.%s@%s>", (long long)first->cursor, hex,
	                    strchr(email->from, '@') + 1);
}
