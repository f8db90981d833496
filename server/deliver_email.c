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

static bool is_address(const char *text);
static char *encode_subject(struct arena *arena, const char *title);
static char *encode_body(struct arena *arena, const char *text);
static char *encode(char *out, const void *data, size_t len);
static void print_date(int64_t wall_now, char *out);
static char *message_id(struct arena *arena, const struct email *email);

int email_write(struct arena *arena, const struct email *email, struct bytes *ret_message)
{
	const struct alert_row *alert = email->alert;
	char date[DATE_MAX], *subject, *id, *body, *text, *message;

	if (!is_address(email->from) || !is_address(email->to))
		return E_SYNTAX;
	print_date(email->wall_now, date);
	subject = encode_subject(arena, alert->title);
	id = message_id(arena, email);
	text = arena_printf(arena, "%s\n\n（系统提醒，编号%lld）\n", alert->text,
	                    (long long)alert->cursor);
	body = text != NULL ? encode_body(arena, text) : NULL;
	if (subject == NULL || id == NULL || body == NULL)
		return E_NOMEM;
	message = arena_printf(arena,
	                       "From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nDate: %s\r\n"
	                       "Message-ID: %s\r\nAuto-Submitted: auto-generated\r\n"
	                       "X-Duban-Alert: %lld\r\nMIME-Version: 1.0\r\n"
	                       "Content-Type: text/plain; charset=UTF-8\r\n"
	                       "Content-Transfer-Encoding: base64\r\n\r\n%s",
	                       email->from, email->to, subject, date, id,
	                       (long long)alert->cursor, body);
	if (message == NULL)
		return E_NOMEM;
	*ret_message = bytes_of_str(message);
	return 0;
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

static char *message_id(struct arena *arena, const struct email *email)
{
	const struct alert_row *alert = email->alert;
	char *subject =
		arena_printf(arena, "%lld %lld %s %s", (long long)alert->cursor,
	                     (long long)alert->decided_at, alert->recipient, email->to);
	uint8_t hash[HASH_SIZE];
	char hex[25];

	if (subject == NULL)
		return NULL;
	sha256(bytes_of_str(subject), hash);
	bytes_to_hex(bytes_of(hash, 12), hex);
	return arena_printf(arena, "<alert-%lld.%s@%s>", (long long)alert->cursor, hex,
	                    strchr(email->from, '@') + 1);
}
