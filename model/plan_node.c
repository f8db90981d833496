/*
 * Values of a YAML map, as a plan's readers want them.
 *
 * What can go wrong is always the author's to correct, so each message says in his
 * words what stands there, what may stand there, and how it would look.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/spelling.h"
#include "model/plan_internal.h"

#define KEYS_MAX   40
#define NAMES_SIZE 400

static void note_unknown(struct plan_reader *reader, const struct yaml_node *node,
                         const struct plan_key *keys);
static struct yaml_node *find_scalar(struct plan_reader *reader, struct yaml_node *map,
                                     const char *key);
static const char *kind_name(const struct yaml_node *node);
static void append(char *out, size_t size, const char *word, const char *label);

void *plan_new_array(struct plan_reader *reader, size_t count, size_t size)
{
	void *items = arena_array(reader->arena, count, size);

	if (items == NULL)
		reader->out_of_memory = true;
	return items;
}

bool node_check(struct plan_reader *reader, struct yaml_node *map,
                const struct plan_key *keys)
{
	if (map->kind != YAML_MAP) {
		char names[NAMES_SIZE] = "";

		for (size_t i = 0; keys[i].key != NULL; i++)
			append(names, sizeof(names), keys[i].key, keys[i].label);
		yaml_problem(reader->problems, map->place,
		             "这里是%s：应当由“键: 值”组成，可用的键：%s", kind_name(map),
		             names);
		return false;
	}
	yaml_each(child, map)
	{
		size_t i = 0;

		while (keys[i].key != NULL && strcmp(keys[i].key, child->key) != 0)
			i++;
		if (keys[i].key == NULL)
			note_unknown(reader, child, keys);
	}
	return true;
}

static const char *kind_name(const struct yaml_node *node)
{
	static const char *const names[] = {"文字", "列表", "“键: 值”"};

	return names[node->kind];
}

static void note_unknown(struct plan_reader *reader, const struct yaml_node *node,
                         const struct plan_key *keys)
{
	const char *known[KEYS_MAX + 1] = {NULL};
	char names[NAMES_SIZE] = "";
	const char *meant;

	for (size_t i = 0; keys[i].key != NULL && i < KEYS_MAX; i++) {
		known[i] = keys[i].key;
		append(names, sizeof(names), keys[i].key, keys[i].label);
	}
	meant = spelling_nearest(node->key, known);
	if (meant != NULL)
		yaml_problem(reader->problems, node->key_place,
		             "“%s”不认识，是不是“%s”？这里可用：%s", node->key, meant,
		             names);
	else
		yaml_problem(reader->problems, node->key_place,
		             "“%s”不认识，这里可用：%s", node->key, names);
}

/* Add "、word（label）" to the list in @out, if it fits; @label may be NULL. */
static void append(char *out, size_t size, const char *word, const char *label)
{
	size_t len = strlen(out);
	const char *separator = len > 0 ? "、" : "";
	int added = label != NULL
	                    ? snprintf(out + len, size - len, "%s%s（%s）", separator,
	                               word, label)
	                    : snprintf(out + len, size - len, "%s%s", separator, word);

	if (added < 0 || (size_t)added >= size - len)
		out[len] = '\0'; /* half a character would be worse than none */
}

void node_missing(struct plan_reader *reader, const struct yaml_node *map,
                  const char *key, const char *example)
{
	struct yaml_place place = map->key != NULL ? map->key_place : map->place;

	if (map->kind == YAML_MAP)
		yaml_problem(reader->problems, place, "缺少“%s”，例如 %s: %s", key, key,
		             example);
}

const char *node_text(struct plan_reader *reader, struct yaml_node *map, const char *key,
                      const char *example)
{
	const char *text = node_text_or(reader, map, key, NULL);

	if (text == NULL) {
		if (yaml_get(map, key) == NULL)
			node_missing(reader, map, key, example);
		return "";
	}
	if (text[0] == '\0')
		yaml_problem(reader->problems, node_place(map, key),
		             "“%s”是空的，例如 %s: %s", key, key, example);
	return text;
}

const char *node_text_or(struct plan_reader *reader, struct yaml_node *map,
                         const char *key, const char *otherwise)
{
	struct yaml_node *node = find_scalar(reader, map, key);

	if (node == NULL)
		return otherwise;
	if (strlen(node->text) > PLAN_TEXT_MAX) {
		yaml_problem(reader->problems, node->place,
		             "“%s”有%zu个字节：最多%d个字节", key, strlen(node->text),
		             PLAN_TEXT_MAX);
		return otherwise;
	}
	return node->text;
}

static struct yaml_node *find_scalar(struct plan_reader *reader, struct yaml_node *map,
                                     const char *key)
{
	struct yaml_node *node = yaml_get(map, key);

	if (node == NULL || node->kind == YAML_SCALAR)
		return node;
	yaml_problem(reader->problems, node->place, "“%s”应当是文字，这里是%s", key,
	             kind_name(node));
	return NULL;
}

const char *node_id(struct plan_reader *reader, struct yaml_node *map, const char *key,
                    const char *example)
{
	const char *id = node_text(reader, map, key, example);
	size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	if (id[len] == '\0' && len <= PLAN_ID_MAX)
		return id;
	yaml_problem(reader->problems, node_place(map, key),
	             "“%s”不能作编号：只用小写字母、数字、“-”和“_”，最多%d个", id,
	             PLAN_ID_MAX);
	return "";
}

bool node_bool(struct plan_reader *reader, struct yaml_node *map, const char *key,
               bool otherwise)
{
	static const char *const words[] = {"false", "true", NULL};

	return node_choice(reader, map, key, words, otherwise) == 1;
}

long node_integer(struct plan_reader *reader, struct yaml_node *map, const char *key,
                  long min, long max, long otherwise)
{
	struct yaml_node *node = find_scalar(reader, map, key);
	char *end;
	long value;

	if (node == NULL)
		return otherwise;
	errno = 0;
	value = strtol(node->text, &end, 10);
	if (strspn(node->text, "0123456789") == strlen(node->text) &&
	    *node->text != '\0' && errno == 0 && value >= min && value <= max)
		return value;
	yaml_problem(reader->problems, node->place,
	             "“%s”写的是“%s”：应当是%ld至%ld的整数（半角数字）", key, node->text,
	             min, max);
	return otherwise;
}

day node_day(struct plan_reader *reader, struct yaml_node *map, const char *key)
{
	struct yaml_node *node = find_scalar(reader, map, key);
	day date;

	if (node == NULL)
		return DAY_NONE;
	if (day_parse(node->text, &date) == 0)
		return date;
	yaml_problem(reader->problems, node->place,
	             "“%s”写的是“%s”：应当是存在的日期，写成 2025-12-31", key,
	             node->text);
	return DAY_NONE;
}

unsigned node_minute(struct plan_reader *reader, struct yaml_node *map, const char *key,
                     unsigned otherwise)
{
	struct yaml_node *node = find_scalar(reader, map, key);
	char stamp[sizeof("2000-01-01 17:30")];
	int64_t instant;

	if (node == NULL)
		return otherwise;
	(void)snprintf(stamp, sizeof(stamp), "2000-01-01 %s", node->text);
	if (strlen(node->text) == strlen("17:30") &&
	    instant_parse(stamp, 0, &instant) == 0)
		return instant_minute(instant, 0);
	yaml_problem(reader->problems, node->place,
	             "“%s”写的是“%s”：应当是24小时制的时刻，写成 17:30", key, node->text);
	return otherwise;
}

bool node_tenths(struct plan_reader *reader, const struct yaml_node *node,
                 int64_t *ret_tenths)
{
	struct quantity value = {0};
	const char *text = node->kind == YAML_SCALAR ? node->text : "";
	const char *why;
	char number[16] = "";
	size_t len = strcspn(text, "%");

	if (len < sizeof(number) && (text[len] == '\0' || text[len + 1] == '\0')) {
		memcpy(number, text, len);
		if (quantity_parse(number, unit_find("%"), &value, &why) == 0 &&
		    value.scale <= 1 && value.digits >= 0) {
			*ret_tenths = value.scale == 1 ? value.digits : value.digits * 10;
			return true;
		}
	}
	yaml_problem(reader->problems, node->place,
	             "“%s”不是百分数：应当写成 33.1 或 33.1%%，最多一位小数", text);
	return false;
}

int64_t node_points(struct plan_reader *reader, struct yaml_node *map, const char *key,
                    int64_t otherwise)
{
	struct yaml_node *node = find_scalar(reader, map, key);
	struct quantity value;
	const char *why;

	if (node == NULL && otherwise < 0 && yaml_get(map, key) == NULL)
		node_missing(reader, map, key, "2");
	if (node == NULL)
		return otherwise < 0 ? 0 : otherwise;
	if (quantity_parse(node->text, unit_find("%"), &value, &why) == 0 &&
	    value.scale <= 2 && value.digits >= 0) {
		int64_t points = value.digits;

		for (unsigned scale = value.scale; scale < 2; scale++)
			points *= 10;
		if (points <= PLAN_WORTH_MAX * 100)
			return points;
	}
	yaml_problem(reader->problems, node->place,
	             "“%s”写的是“%s”：应当是0至%d的分数，最多两位小数，写成 2 或 0.25",
	             key, node->text, PLAN_WORTH_MAX);
	return 0;
}

struct yaml_node *node_list(struct plan_reader *reader, struct yaml_node *map,
                            const char *key, size_t max, bool needed)
{
	struct yaml_node *list = yaml_get(map, key);

	if (list == NULL && needed)
		yaml_problem(reader->problems, map->place,
		             "缺少“%s”：应当是列表，每项以“- ”开头", key);
	if (list == NULL)
		return NULL;
	if (list->kind != YAML_LIST)
		yaml_problem(reader->problems, list->place,
		             "“%s”应当是列表，每项以“- ”开头；这里是%s", key,
		             kind_name(list));
	else if (list->count > max)
		yaml_problem(reader->problems, list->place, "“%s”有%zu项：最多%zu项", key,
		             list->count, max);
	else
		return list->count == 0 ? NULL : list;
	return NULL;
}

size_t node_choice(struct plan_reader *reader, struct yaml_node *map, const char *key,
                   const char *const *words, size_t otherwise)
{
	struct yaml_node *node = find_scalar(reader, map, key);
	char names[NAMES_SIZE] = "";

	if (node == NULL)
		return otherwise;
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(node->text, words[i]) == 0)
			return i;
		append(names, sizeof(names), words[i], NULL);
	}
	yaml_problem(reader->problems, node->place, "“%s”写的是“%s”：只能是 %s", key,
	             node->text, names);
	return otherwise;
}

struct yaml_place node_place(struct yaml_node *map, const char *key)
{
	struct yaml_node *node = yaml_get(map, key);

	return node == NULL ? map->place : node->place;
}

bool plan_check_new(struct plan_reader *reader, const void *items, size_t count,
                    size_t size, const char *id, struct yaml_place place)
{
	for (size_t i = 0; i < count; i++) {
		const char *other;

		memcpy(&other, (const char *)items + i * size, sizeof(other));
		if (id[0] == '\0' || strcmp(other, id) != 0)
			continue;
		yaml_problem(reader->problems, place, "“%s”用了两次：编号不能重复", id);
		return false;
	}
	return true;
}
