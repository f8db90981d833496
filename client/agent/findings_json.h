/* Findings as the queue keeps them and --json shows them: a JSON array of objects with
 * the keys rule, severity, field, found, allowed, text and answered. */
#ifndef DUBAN_CLIENT_AGENT_FINDINGS_JSON_H
#define DUBAN_CLIENT_AGENT_FINDINGS_JSON_H

#include <jansson.h>

#include "base/yaml.h"
#include "model/finding.h"

/* A new array, the caller's; NULL without memory. */
json_t *findings_to_json(const struct finding *first);
/* The problems of a file, as findings with "line" and "column". */
json_t *problems_to_json(const struct yaml_problems *problems);
/* As text in @arena; NULL without memory. */
const char *findings_dump(struct arena *arena, const struct finding *first);
/* Read back what findings_dump() wrote; an unreadable text gives an empty array. */
json_t *findings_load(const char *text);
/* "refusal", "reason", "notice"; static. */
const char *findings_severity(enum severity severity);

#endif
