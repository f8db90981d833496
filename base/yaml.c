/*
 * One YAML document, from bytes to a tree:
 *
 *   text -> yaml_text_check -> libyaml's events -> build_node -> root
 *                                                |
 *                            yaml_strict_event, yaml_strict_keys
 *
 * libyaml says where each event starts; what it would let pass and we do not
 * is noted on the way, and building goes on. A syntax error, a second document and too
 * deep nesting end it: what follows could only be guessed at.
 *
 * What can go wrong, and who must act: the author of the file, who is told
 * every place and what is allowed there. A tree is given out only if there was
 * nothing to tell.
 */
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/text.h"
#include "base/yaml_strict.h"
#include "base/yaml_text.h"

struct builder {
	yaml_parser_t parser;
	struct arena *arena;
	const char *file;
	struct yaml_problems *problems;
};

static int build_tree(struct builder *builder, struct bytes text,
                      struct yaml_node **ret_root);
static int build_root(struct builder *builder, struct yaml_node **ret_root);
static int build_node(struct builder *builder, const yaml_event_t *event, unsigned depth,
                      struct yaml_node **ret_node);
static int build_scalar(struct builder *builder, const yaml_event_t *event,
                        struct yaml_node *node);
static int build_list(struct builder *builder, unsigned depth, struct yaml_node *list);
static int build_map(struct builder *builder, unsigned depth, struct yaml_node *map);
static int build_key(struct builder *builder, const yaml_event_t *event, unsigned depth,
                     const char **ret_key);
static int check_depth(struct builder *builder, const yaml_event_t *event,
                       unsigned depth);
static int next_event(struct builder *builder, yaml_event_t *ret_event);
static struct yaml_place place_of(const struct builder *builder, yaml_mark_t mark);

int yaml_parse(struct arena *arena, const char *file, struct bytes text,
               struct yaml_problems *problems, struct yaml_node **ret_root)
{
	struct builder builder = {.arena = arena, .problems = problems};
	struct yaml_node *root = NULL;
	size_t before = problems->count;
	int r;

	builder.file = arena_strdup(arena, file);
	if (builder.file == NULL)
		return E_NOMEM;
	text = yaml_text_skip_mark(text);
	yaml_text_check(builder.file, text, problems);
	if (problems->count > before)
		return E_SYNTAX; /* libyaml would stop at the first */
	r = build_tree(&builder, text, &root);
	if (r < 0)
		return r;
	if (problems->count > before)
		return E_SYNTAX;
	*ret_root = root;
	return 0;
}

static int build_tree(struct builder *builder, struct bytes text,
                      struct yaml_node **ret_root)
{
	int r;

	if (!yaml_parser_initialize(&builder->parser))
		return E_NOMEM;
	yaml_parser_set_encoding(&builder->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&builder->parser, text.data, text.len);
	r = build_root(builder, ret_root);
	yaml_parser_delete(&builder->parser);
	return r;
}

/* The stream has no document, if nothing but comments is in it: an empty text. */
static int build_root(struct builder *builder, struct yaml_node **ret_root)
{
	yaml_event_type_t type = YAML_NO_EVENT;

	while (type != YAML_STREAM_END_EVENT) {
		AUTO(yaml_event_delete) yaml_event_t event = {0};
		int r = next_event(builder, &event);

		if (r < 0)
			return r;
		type = event.type;
		if (type == YAML_STREAM_START_EVENT || type == YAML_DOCUMENT_END_EVENT)
			continue;
		if (type == YAML_DOCUMENT_START_EVENT) {
			if (*ret_root == NULL)
				continue;
			yaml_problem(builder->problems,
			             place_of(builder, event.start_mark),
			             _("从这里开始是第二个文档：一个文件只能有一个，请去"
			               "掉“---”这一行，或分成两个文件"));
			return E_SYNTAX;
		}
		if (type == YAML_STREAM_END_EVENT && *ret_root != NULL)
			break;
		r = build_node(builder, &event, 1, ret_root);
		if (r < 0)
			return r;
	}
	return 0;
}

static int build_node(struct builder *builder, const yaml_event_t *event, unsigned depth,
                      struct yaml_node **ret_node)
{
	struct yaml_node *node = arena_new(builder->arena, struct yaml_node);
	int r;

	if (node == NULL)
		return E_NOMEM;
	node->place = place_of(builder, event->start_mark);
	yaml_strict_event(event, node->place, builder->problems);
	if (event->type == YAML_SEQUENCE_START_EVENT)
		r = build_list(builder, depth, node);
	else if (event->type == YAML_MAPPING_START_EVENT)
		r = build_map(builder, depth, node);
	else
		r = build_scalar(builder, event, node);
	if (r < 0)
		return r;
	*ret_node = node;
	return 0;
}

/* An alias was noted already; like a stream without a document it reads as "". */
static int build_scalar(struct builder *builder, const yaml_event_t *event,
                        struct yaml_node *node)
{
	const char *text = "";
	size_t len = 0;

	if (event->type == YAML_SCALAR_EVENT) {
		text = (const char *)event->data.scalar.value;
		len = event->data.scalar.length;
	}
	if (memchr(text, '\0', len) != NULL)
		yaml_problem(builder->problems, node->place,
		             _("不能写转义 \\0：文本里不能有空字符"));
	node->kind = YAML_SCALAR;
	node->text = arena_strndup(builder->arena, text, len);
	return node->text == NULL ? E_NOMEM : 0;
}

static int build_list(struct builder *builder, unsigned depth, struct yaml_node *list)
{
	struct yaml_node **end = &list->first;

	list->kind = YAML_LIST;
	for (;;) {
		AUTO(yaml_event_delete) yaml_event_t event = {0};
		int r = next_event(builder, &event);

		if (r == 0 && event.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		if (r == 0)
			r = check_depth(builder, &event, depth + 1);
		if (r == 0)
			r = build_node(builder, &event, depth + 1, end);
		if (r < 0)
			return r;
		end = &(*end)->next;
		list->count++;
	}
}

static int build_map(struct builder *builder, unsigned depth, struct yaml_node *map)
{
	struct yaml_node **end = &map->first;

	map->kind = YAML_MAP;
	for (;;) {
		AUTO(yaml_event_delete) yaml_event_t key_event = {0};
		AUTO(yaml_event_delete) yaml_event_t event = {0};
		const char *key = NULL;
		int r = next_event(builder, &key_event);

		if (r == 0 && key_event.type == YAML_MAPPING_END_EVENT)
			return yaml_strict_keys(map, builder->problems);
		if (r == 0)
			r = build_key(builder, &key_event, depth + 1, &key);
		if (r == 0)
			r = next_event(builder, &event);
		if (r == 0)
			r = check_depth(builder, &event, depth + 1);
		if (r == 0)
			r = build_node(builder, &event, depth + 1, end);
		if (r < 0) {
			/* of what could be read */
			(void)yaml_strict_keys(map, builder->problems);
			return r;
		}
		(*end)->key = key;
		(*end)->key_place = place_of(builder, key_event.start_mark);
		end = &(*end)->next;
		map->count++;
	}
}

/* A key that is a list or a map is read, so that what follows it is found, and noted. */
static int build_key(struct builder *builder, const yaml_event_t *event, unsigned depth,
                     const char **ret_key)
{
	struct yaml_node *node = NULL;
	int r = check_depth(builder, event, depth);

	if (r == 0)
		r = build_node(builder, event, depth, &node);
	if (r < 0)
		return r;
	if (node->kind != YAML_SCALAR)
		yaml_problem(builder->problems, node->place,
		             _("%s不能作键：键必须是文本"),
		             node->kind == YAML_LIST ? _("列表") : _("“键: 值”形式"));
	else if (event->type == YAML_SCALAR_EVENT)
		*ret_key = node->text;
	return 0;
}

static int check_depth(struct builder *builder, const yaml_event_t *event, unsigned depth)
{
	if (depth <= YAML_DEPTH_MAX || event->type == YAML_SCALAR_EVENT ||
	    event->type == YAML_ALIAS_EVENT)
		return 0;
	yaml_problem(builder->problems, place_of(builder, event->start_mark),
	             _("层次过多：列表和“键: 值”最多套 %d 层"), YAML_DEPTH_MAX);
	return E_SYNTAX;
}

static int next_event(struct builder *builder, yaml_event_t *ret_event)
{
	const yaml_parser_t *parser = &builder->parser;
	struct yaml_place place, begin;

	if (yaml_parser_parse(&builder->parser, ret_event))
		return 0;
	if (parser->error == YAML_MEMORY_ERROR)
		return E_NOMEM;
	begin = place_of(builder, parser->context_mark);
	place = place_of(builder, parser->problem_mark);
	if (yaml_text_is_key(parser->context))
		place = begin; /* libyaml misses the ":" of a key only in the next line */
	if (yaml_text_has_opening(parser->context) && begin.line < place.line)
		yaml_problem(builder->problems, place, _("%s（从第 %u 行开始）"),
		             yaml_text_explain(parser->problem), begin.line);
	else
		yaml_problem(builder->problems, place, "%s",
		             yaml_text_explain(parser->problem));
	return E_SYNTAX;
}

static struct yaml_place place_of(const struct builder *builder, yaml_mark_t mark)
{
	return (struct yaml_place){.file = builder->file,
	                           .line = (unsigned)mark.line + 1,
	                           .column = (unsigned)mark.column + 1};
}
