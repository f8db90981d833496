/* What config.c and config_sample.c share: one row of a table, and its value. */
#ifndef BASE_CONFIG_VALUE_H
#define BASE_CONFIG_VALUE_H

#include "base/config.h"

#define CONFIG_ALLOWED_MAX 300

/*
 * Read @text into @settings at the row's offset. Not for CONFIG_SPECIAL.
 *
 *   E_SYNTAX, E_RANGE  not what config_value_allowed() says; nothing is changed
 *   E_NOMEM            no room for a text in @arena
 */
int config_value_read(const struct config_setting *row, void *settings,
                      struct arena *arena, const char *text);
/* Write what may stand there to @out, such as "1s 至 1h 的时长". */
void config_value_allowed(const struct config_setting *row, char *out, size_t size);
/* Whether @row is the first of its section; a table need not be sorted by them. */
bool config_begins_section(const struct config_setting *table,
                           const struct config_setting *row);

#endif
