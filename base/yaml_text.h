/* What is wrong with a text before, and as, libyaml reads it. For yaml.c only. */
#ifndef BASE_YAML_TEXT_H
#define BASE_YAML_TEXT_H

#include "base/yaml.h"

/* @text without the byte order mark that some editors put before it. */
struct bytes yaml_text_skip_mark(struct bytes text);
/* Note bytes that are not UTF-8, NUL, and control characters: the first in each line. */
void yaml_text_check(const char *file, struct bytes text, struct yaml_problems *problems);
/* What libyaml found, in a sentence that says what to do. */
const char *yaml_text_explain(const char *libyaml_problem);
/*
 * What libyaml was reading, from its own words for it (NULL when it has none):
 * something with an opening sign, which is worth pointing at; a key.
 */
bool yaml_text_has_opening(const char *libyaml_context);
bool yaml_text_is_key(const char *libyaml_context);

#endif
