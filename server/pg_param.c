/* Parameters of statements, made in an arena. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/cursor.h"
#include "server/pg.h"

#define INSTANT_MIN  INT64_C(-62135596800000) /* 0001-01-01 */
#define INSTANT_MAX  INT64_C(253402300799999) /* 9999-12-31 */
#define INSTANT_TEXT 80 /* as much as the compiler thinks possible */
#define OID_BYTEA    17

/* Marks what could not be made: an address that no caller can give. */
static const char no_memory[] = "";

static struct pg_param made(const char *text);
static void print_instant(int64_t ms, char *out);
static size_t quoted_length(const char *text);
static char *quote(char *out, const char *text);

bool pg_param_ok(const struct pg_param *param)
{
	return param->text != no_memory;
}

static struct pg_param made(const char *text)
{
	return (struct pg_param){.text = text != NULL ? text : no_memory};
}

struct pg_param pg_param_text(const char *text)
{
	return (struct pg_param){.text = text};
}

struct pg_param pg_param_integer(struct arena *arena, int64_t value)
{
	return made(arena_printf(arena, "%lld", (long long)value));
}

struct pg_param pg_param_instant(struct arena *arena, int64_t ms)
{
	char text[INSTANT_TEXT];

	print_instant(ms, text);
	return made(arena_strdup(arena, text));
}

static void print_instant(int64_t ms, char *out)
{
	struct tm tm;
	time_t seconds;
	int64_t rest;

	if (ms < INSTANT_MIN)
		ms = INSTANT_MIN;
	if (ms > INSTANT_MAX)
		ms = INSTANT_MAX;
	rest = ((ms % 1000) + 1000) % 1000;
	seconds = (time_t)((ms - rest) / 1000);
	CHECK(gmtime_r(&seconds, &tm) != NULL);
	(void)snprintf(out, INSTANT_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
	               tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	               tm.tm_min, tm.tm_sec, (int)rest);
}

struct pg_param pg_param_bytes(struct bytes bytes)
{
	/* An empty value needs an address too: NULL would be SQL's NULL. */
	return (struct pg_param){
		.is_binary = true,
		.binary = bytes_of(bytes.data != NULL ? (const void *)bytes.data : "",
	                           bytes.len),
	};
}

struct pg_param pg_param_text_array(struct arena *arena, const char *const *items,
                                    size_t count)
{
	size_t size = 3;
	char *text, *end;

	for (size_t i = 0; i < count; i++)
		size += quoted_length(items[i]) + 1;
	text = arena_alloc(arena, size);
	if (text == NULL)
		return made(NULL);
	end = text;
	*end++ = '{';
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			*end++ = ',';
		end = quote(end, items[i]);
	}
	*end = '}';
	return made(text);
}

static size_t quoted_length(const char *text)
{
	size_t len = 2;

	for (; *text != '\0'; text++)
		len += *text == '"' || *text == '\\' ? 2 : 1;
	return len;
}

static char *quote(char *out, const char *text)
{
	*out++ = '"';
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			*out++ = '\\';
		*out++ = *text;
	}
	*out++ = '"';
	return out;
}

/* PostgreSQL's binary form of an array, so that nothing needs to be doubled into hex:
 * dimensions, has-nulls, element type, length, lower bound, then each with its length. */
struct pg_param pg_param_bytes_array(struct arena *arena, const struct bytes *items,
                                     size_t count)
{
	size_t size = 20;
	struct writer writer;
	uint8_t *data;

	for (size_t i = 0; i < count; i++)
		size += 4 + items[i].len;
	data = arena_alloc(arena, size);
	if (data == NULL)
		return made(NULL);
	writer_init(&writer, data, size);
	write_u32(&writer, count > 0);
	write_u32(&writer, 0);
	write_u32(&writer, OID_BYTEA);
	if (count > 0) {
		write_u32(&writer, (uint32_t)count);
		write_u32(&writer, 1);
	}
	for (size_t i = 0; i < count; i++) {
		write_u32(&writer, (uint32_t)items[i].len);
		write_bytes(&writer, items[i]);
	}
	CHECK(writer.err == 0);
	return (struct pg_param){.is_binary = true, .binary = writer_bytes(&writer)};
}

struct pg_param pg_param_instant_array(struct arena *arena, const int64_t *items,
                                       size_t count)
{
	char *text = arena_alloc(arena, count * INSTANT_TEXT + 3), *end = text;

	if (text == NULL)
		return made(NULL);
	*end++ = '{';
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			*end++ = ',';
		print_instant(items[i], end);
		end += strlen(end);
	}
	*end = '}';
	return made(text);
}

struct pg_param pg_param_integer_array(struct arena *arena, const int64_t *items,
                                       size_t count)
{
	const size_t width = 24; /* of a number and its comma */
	char *text = arena_alloc(arena, count * width + 3), *end = text;

	if (text == NULL)
		return made(NULL);
	*end++ = '{';
	for (size_t i = 0; i < count; i++)
		end += snprintf(end, width, "%s%lld", i > 0 ? "," : "",
		                (long long)items[i]);
	*end = '}';
	return made(text);
}
