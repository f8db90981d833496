/*
 * Log lines: fields -> one line of logfmt -> one write(2).
 *
 * A value comes from anywhere, so it can neither end its line nor start
 * another field: what is not plain is quoted, and what could break or disguise
 * a line (controls, line separators, direction marks, bytes that are not
 * UTF-8) is written as an escape.
 *
 * A line that grows too long is cut between two characters, its quote closed.
 * A line that cannot be written is lost: there is nobody left to tell.
 */
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static atomic_int lowest_level = LOG_INFO;
static atomic_int out_fd = STDERR_FILENO;

/* A line being written. Pieces are put whole or not at all, and none after a gap. */
struct line {
	char *text;
	size_t len, max;
	bool full;
};

static int64_t wall_clock_ms(void);
static void put(struct line *line, const char *text, size_t len);
static void put_time(struct line *line, int64_t wall_ms);
static void put_field(struct line *line, const struct log_field *field);
static void put_key(struct line *line, const char *key);
static void put_number(struct line *line, int64_t number);
static void put_hex(struct line *line, struct bytes value);
static void put_value(struct line *line, struct bytes value);
static bool is_plain(struct bytes value);
static size_t encode_first(struct bytes value, char *ret_piece, size_t size);
static bool is_disguise(uint32_t character);

void log_set_level(enum log_level level)
{
	atomic_store(&lowest_level, (int)level);
}

int log_level_parse(const char *name, enum log_level *ret_level)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return 0;
		}
	}
	return E_SYNTAX;
}

void log_set_fd(int fd)
{
	atomic_store(&out_fd, fd);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	char line[LOG_LINE_MAX];
	int fd = atomic_load(&out_fd);
	ssize_t written;
	size_t len;

	if ((int)level < atomic_load(&lowest_level) || fd < 0)
		return;
	len = log_format(line, sizeof(line), wall_clock_ms(), level, event, fields);
	line[len++] = '\n'; /* in place of the NUL */
	do
		written = write(fd, line, len);
	while (written < 0 && errno == EINTR);
}

static int64_t wall_clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

size_t log_format(char *line, size_t size, int64_t wall_ms, enum log_level level,
                  const char *event, const struct log_field *fields)
{
	struct line out = {.text = line, .max = size - 1};
	const char *level_name;

	CHECK(size > 0);
	CHECK((size_t)level < ARRAY_LEN(level_names));
	level_name = level_names[level];
	put_time(&out, wall_ms);
	put(&out, " ", 1);
	put(&out, level_name, strlen(level_name));
	put(&out, " ", 1);
	put_value(&out, bytes_of_str(event));
	for (; fields->key != NULL; fields++)
		put_field(&out, fields);
	line[out.len] = '\0';
	return out.len;
}

static void put(struct line *line, const char *text, size_t len)
{
	if (line->full || len > line->max - line->len) {
		line->full = true;
		return;
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

static void put_time(struct line *line, int64_t wall_ms)
{
	int64_t ms = wall_ms % 1000;
	time_t seconds = (time_t)(wall_ms / 1000);
	char text[80];
	struct tm utc;
	int len;

	if (ms < 0) { /* before 1970 the fraction still counts forward */
		ms += 1000;
		seconds--;
	}
	CHECK(gmtime_r(&seconds, &utc) != NULL); /* 64 bits of ms fit an int of years */
	len = snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
	               utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
	               utc.tm_min, utc.tm_sec, (int)ms);
	put(line, text, (size_t)len);
}

static void put_field(struct line *line, const struct log_field *field)
{
	size_t before = line->len;

	if (field->kind == LOG_KIND_STR && field->str == NULL)
		return;
	put(line, " ", 1);
	put_key(line, field->key);
	if (line->full) {
		line->len = before; /* half a key would be another key */
		return;
	}
	switch (field->kind) {
	case LOG_KIND_STR:
		put_value(line, bytes_of_str(field->str));
		break;
	case LOG_KIND_INT:
		put_number(line, field->number);
		break;
	case LOG_KIND_HEX:
		put_hex(line, field->bytes);
		break;
	}
	if (line->full && line->text[line->len - 1] == '=')
		line->len = before;
}

static void put_key(struct line *line, const char *key)
{
	for (; *key != '\0'; key++) {
		bool clean = *key > ' ' && *key < 0x7f && *key != '=' && *key != '"';

		put(line, clean ? key : "_", 1);
	}
	put(line, "=", 1);
}

static void put_number(struct line *line, int64_t number)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRId64, number);

	put(line, text, (size_t)len);
}

static void put_hex(struct line *line, struct bytes value)
{
	for (size_t i = 0; i < value.len; i++) {
		char pair[3];

		bytes_to_hex(bytes_of(value.data + i, 1), pair);
		put(line, pair, 2);
	}
}

static void put_value(struct line *line, struct bytes value)
{
	if (is_plain(value)) {
		while (value.len > 0 && !line->full) {
			uint32_t character;
			size_t len = utf8_first(value, &character);

			put(line, (const char *)value.data, len);
			value = bytes_of(value.data + len, value.len - len);
		}
		return;
	}
	if (line->full || line->max - line->len < 2) {
		line->full = true;
		return;
	}
	put(line, "\"", 1);
	line->max--; /* the closing quote's place */
	while (value.len > 0 && !line->full) {
		char piece[8];
		size_t used = encode_first(value, piece, sizeof(piece));

		put(line, piece, strlen(piece));
		value = bytes_of(value.data + used, value.len - used);
	}
	line->max++;
	line->text[line->len++] = '"';
}

/* Nothing in it that a reader of logfmt, or of a terminal, could take for more. */
static bool is_plain(struct bytes value)
{
	if (value.len == 0)
		return false;
	while (value.len > 0) {
		uint32_t character;
		size_t len = utf8_first(value, &character);

		if (len == 0 || character <= ' ' || character == '"' ||
		    character == '=' || character == '\\' || is_disguise(character))
			return false;
		value = bytes_of(value.data + len, value.len - len);
	}
	return true;
}

/* Write the first character as it stands between quotes; how many bytes it was. */
static size_t encode_first(struct bytes value, char *ret_piece, size_t size)
{
	static const char named[][2] = {
		{'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}, {'"', '"'}, {'\\', '\\'}};
	uint32_t character;
	size_t len = utf8_first(value, &character);

	if (len == 0) {
		(void)snprintf(ret_piece, size, "\\x%02x", value.data[0]);
		return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		if (character == (uint32_t)named[i][0]) {
			(void)snprintf(ret_piece, size, "\\%c", named[i][1]);
			return len;
		}
	}
	if (character < ' ' || is_disguise(character)) {
		(void)snprintf(ret_piece, size, "\\u%04x", character & 0xffff);
		return len;
	}
	memcpy(ret_piece, value.data, len);
	ret_piece[len] = '\0';
	return len;
}

/* DEL, C1 controls, line separators, direction marks and the byte order mark. */
static bool is_disguise(uint32_t character)
{
	return (character >= 0x7f && character < 0xa0) ||
	       (character >= 0x200b && character <= 0x200f) ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069) || character == 0xfeff;
}
