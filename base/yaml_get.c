/*
 * Reading a tree: what is asked for is marked, what is wrong is noted.
 *
 * A NULL map is one whose absence was noted already, so that a reader may ask
 * on without checking each step; nothing is noted for it a second time.
 */
#include "base/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/spelling.h"
#include "base/text.h"

#define KNOWN_SHOWN_MAX 300 /* bytes of known keys in one message */

static const char *const kind_names[] = {N_("文本"), N_("列表"), N_("“键: 值”形式")};

static struct yaml_node *find(struct yaml_node *map, const char *key,
                              struct yaml_problems *problems);
static struct yaml_node *scalar(struct yaml_node *map, const char *key,
                                struct yaml_problems *problems);
static struct yaml_place key_place(const struct yaml_node *node);
static void note_unknown(const struct yaml_node *node, const char *const *known,
                         struct yaml_problems *problems);
static const char *join(const char *const *known, char *out, size_t size);

struct yaml_node *yaml_get(struct yaml_node *map, const char *key)
{
	if (map == NULL || map->kind != YAML_MAP)
		return NULL;
	yaml_each(child, map)
	{
		if (strcmp(child->key, key) == 0) {
			child->used = true;
			return child;
		}
	}
	return NULL;
}

struct yaml_node *yaml_need(struct yaml_node *map, const char *key, enum yaml_kind kind,
                            struct yaml_problems *problems)
{
	struct yaml_node *child = find(map, key, problems);

	if (child == NULL) {
		if (map != NULL && map->kind == YAML_MAP)
			yaml_problem(problems, key_place(map), _("这里缺少“%s”"), key);
		return NULL;
	}
	if (child->kind != kind) {
		yaml_problem(problems, child->place, _("“%s”应为%s，这里是%s"), key,
		             _(kind_names[kind]), _(kind_names[child->kind]));
		return NULL;
	}
	return child;
}

const char *yaml_need_text(struct yaml_node *map, const char *key,
                           struct yaml_problems *problems)
{
	struct yaml_node *child = yaml_need(map, key, YAML_SCALAR, problems);

	return child == NULL ? NULL : child->text;
}

const char *yaml_text(struct yaml_node *map, const char *key, const char *otherwise,
                      struct yaml_problems *problems)
{
	struct yaml_node *child = scalar(map, key, problems);

	return child == NULL ? otherwise : child->text;
}

long yaml_integer(struct yaml_node *map, const char *key, long min, long max,
                  long otherwise, struct yaml_problems *problems)
{
	struct yaml_node *child = scalar(map, key, problems);
	const char *digits;
	char *end;
	long value;

	if (child == NULL)
		return otherwise;
	digits = child->text + (child->text[0] == '-');
	errno = 0;
	value = strtol(child->text, &end, 10);
	if (*digits >= '0' && *digits <= '9' && *end == '\0' && errno == 0 &&
	    value >= min && value <= max)
		return value;
	yaml_problem(problems, child->place, _("“%s”是“%s”：应为 %ld 至 %ld 的整数"), key,
	             child->text, min, max);
	return otherwise;
}

bool yaml_bool(struct yaml_node *map, const char *key, bool otherwise,
               struct yaml_problems *problems)
{
	struct yaml_node *child = scalar(map, key, problems);

	if (child == NULL)
		return otherwise;
	if (strcmp(child->text, "true") == 0)
		return true;
	if (strcmp(child->text, "false") == 0)
		return false;
	yaml_problem(problems, child->place, _("“%s”是“%s”：应为 true 或 false"), key,
	             child->text);
	return otherwise;
}

/* As yaml_get(), but something else than a map is noted. */
static struct yaml_node *find(struct yaml_node *map, const char *key,
                              struct yaml_problems *problems)
{
	if (map != NULL && map->kind != YAML_MAP)
		yaml_problem(problems, map->place, _("这里应为“键: 值”形式，不是%s"),
		             _(kind_names[map->kind]));
	return yaml_get(map, key);
}

/* A child that may be absent; a list or a map in its place is noted. */
static struct yaml_node *scalar(struct yaml_node *map, const char *key,
                                struct yaml_problems *problems)
{
	struct yaml_node *child = find(map, key, problems);

	return child == NULL ? NULL : yaml_need(map, key, YAML_SCALAR, problems);
}

/* Where a person would look for what @node lacks: at its name, if it has one. */
static struct yaml_place key_place(const struct yaml_node *node)
{
	return node->key != NULL ? node->key_place : node->place;
}

void yaml_unknown_keys(struct yaml_node *map, const char *const *known,
                       struct yaml_problems *problems)
{
	if (map == NULL || map->kind != YAML_MAP)
		return;
	yaml_each(child, map)
	{
		if (!child->used)
			note_unknown(child, known, problems);
	}
}

static void note_unknown(const struct yaml_node *node, const char *const *known,
                         struct yaml_problems *problems)
{
	const char *meant = spelling_nearest(node->key, known);
	char names[KNOWN_SHOWN_MAX];

	if (meant != NULL && strcmp(meant, node->key) == 0)
		yaml_problem(problems, node->key_place, _("“%s”在这里没有意义，请删去"),
		             node->key);
	else if (meant != NULL)
		yaml_problem(problems, node->key_place, _("没有“%s”这个键：是不是“%s”？"),
		             node->key, meant);
	else if (known != NULL && known[0] != NULL)
		yaml_problem(problems, node->key_place, _("没有“%s”这个键：这里可用 %s"),
		             node->key, join(known, names, sizeof(names)));
	else
		yaml_problem(problems, node->key_place, _("没有“%s”这个键"), node->key);
}

/* "a、b、c", or as many of them as fit, and "…". */
static const char *join(const char *const *known, char *out, size_t size)
{
	const char *comma = _("、");
	size_t rest = 2 * strlen(comma) + sizeof("…"), len = 0;

	for (size_t i = 0; known[i] != NULL; i++) {
		bool fits = strlen(known[i]) + rest <= size - len;

		len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? comma : "",
		                        fits ? known[i] : "…");
		if (!fits)
			break;
	}
	return out;
}
