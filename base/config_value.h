/* One setting's value: from text, and what may be written there. For config.c only. */
#ifndef DUBAN_BASE_CONFIG_VALUE_H
#define DUBAN_BASE_CONFIG_VALUE_H

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
/* Write what may stand there to @out, such as "a duration from 1s to 1h". */
void config_value_allowed(const struct config_setting *row, char *out, size_t size);

#endif
