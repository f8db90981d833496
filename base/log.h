/*
 * Log lines that a person and a machine can read: one line an event, key=value.
 *
 *	log_event(LOG_INFO, "submit", log_str("unit", unit), log_int("ms", 4));
 *	2022-10-08T16:42:07.123Z info submit unit=430112 ms=4
 *
 * Called from programs (server/ and client/) only; base, model and rpc return
 * what happened and never log. No personal data, no payload, no secret.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/bytes.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
	const char *key; /* NULL ends a list */
	enum log_kind { LOG_KIND_STR, LOG_KIND_INT, LOG_KIND_HEX } kind;
	const char *str;
	int64_t number;
	struct bytes bytes;
};

/* A text; quoted and escaped when it needs to be. NULL leaves the field out. */
static inline struct log_field log_str(const char *key, const char *value)
{
	return (struct log_field){.key = key, .kind = LOG_KIND_STR, .str = value};
}

static inline struct log_field log_int(const char *key, int64_t value)
{
	return (struct log_field){.key = key, .kind = LOG_KIND_INT, .number = value};
}

static inline struct log_field log_hex(const char *key, struct bytes value)
{
	return (struct log_field){.key = key, .kind = LOG_KIND_HEX, .bytes = value};
}

/* Borrows everything until it returns. A line is at most LOG_LINE_MAX bytes. */
#define LOG_LINE_MAX 2048
void log_write(enum log_level level, const char *event, const struct log_field *fields);
#define log_event(level, event, ...) \
	log_write((level), (event),  \
	          (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}})

/* Lines below @level are dropped. Default LOG_INFO. */
void log_set_level(enum log_level level);
/* 0, or E_SYNTAX: "debug", "info", "warn", "error". */
int log_level_parse(const char *name, enum log_level *ret_level);
/* Where lines go; default standard error. Borrowed until changed. -1: nowhere. */
void log_set_fd(int fd);

/* Format one line into @line as log_write() would write it, without the newline. Pure. */
size_t log_format(char *line, size_t size, int64_t wall_ms, enum log_level level,
                  const char *event, const struct log_field *fields);

#endif
