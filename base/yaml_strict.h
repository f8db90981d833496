/* What libyaml lets pass and we do not. For yaml.c only. */
#ifndef BASE_YAML_STRICT_H
#define BASE_YAML_STRICT_H

#include <yaml.h>

#include "base/yaml.h"

/* Note an anchor, an alias or a tag. */
void yaml_strict_event(const yaml_event_t *event, struct yaml_place place,
                       struct yaml_problems *problems);
/*
 * Note every key of @map that is there already. A child without a key (it was
 * no text, and is noted) is passed over. 0, or E_NOMEM.
 */
int yaml_strict_keys(const struct yaml_node *map, struct yaml_problems *problems);

#endif
