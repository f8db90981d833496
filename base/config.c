/*
 * Settings, from a file to a struct:
 *
 *   path -> read_all -> yaml_parse -> root
 *   table -> defaults; root -> read_row for each row -> unknown keys
 *
 * What can go wrong, and who must act: the operator who wrote the file. Every
 * problem is noted with its place and with what is allowed there, so that one
 * start of the program is enough to find them all.
 */
#include "base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/config_value.h"
#include "base/err.h"
#include "base/text.h"

#define TABLE_ROWS_MAX 256

static int read_row(const struct config_setting *row, void *settings, struct arena *arena,
                    struct yaml_node *node, struct yaml_problems *problems);
static int read_special(const struct config_setting *row, void *settings,
                        struct arena *arena, struct yaml_node *node,
                        struct yaml_problems *problems);
static int read_text(const struct config_setting *row, void *settings,
                     struct arena *arena, const char *text, struct yaml_place place,
                     struct yaml_problems *problems);
static struct yaml_node *find_node(struct yaml_node *root,
                                   const struct config_setting *row);
static bool is_empty(const struct yaml_node *node);
static void check_map(struct yaml_node *node, const char *section,
                      struct yaml_problems *problems);
static void check_names(const struct config_setting *table, struct yaml_node *root,
                        struct yaml_problems *problems);
static int read_all(const char *path, char *text, size_t size, size_t *ret_len);

int config_read(const struct config_setting *table, void *settings, struct arena *arena,
                struct yaml_node *root, struct yaml_problems *problems)
{
	size_t before = problems->count;

	if (root != NULL)
		check_map(root, NULL, problems);
	for (const struct config_setting *row = table; row->name != NULL; row++) {
		int r = read_row(row, settings, arena, find_node(root, row), problems);

		if (r == E_NOMEM)
			return r;
	}
	check_names(table, root, problems);
	return problems->count > before ? E_SYNTAX : 0;
}

/* The default first, so that a wrong value leaves something usable behind. */
static int read_row(const struct config_setting *row, void *settings, struct arena *arena,
                    struct yaml_node *node, struct yaml_problems *problems)
{
	const struct yaml_place nowhere = {0};
	int r = 0;

	if (row->type == CONFIG_SPECIAL)
		return read_special(row, settings, arena, node, problems);
	if (row->value != NULL)
		r = read_text(row, settings, arena, row->value, nowhere, problems);
	if (r == E_NOMEM || node == NULL)
		return r;
	if (node->kind != YAML_SCALAR) {
		yaml_problem(problems, node->place, _("%s.%s 应为一个值，不是%s"),
		             row->section, row->name,
		             node->kind == YAML_LIST ? _("列表") : _("“键: 值”形式"));
		return E_SYNTAX;
	}
	return read_text(row, settings, arena, node->text, node->place, problems);
}

static int read_special(const struct config_setting *row, void *settings,
                        struct arena *arena, struct yaml_node *node,
                        struct yaml_problems *problems)
{
	size_t before = problems->count;
	int r = row->read(settings, node, arena, problems);

	if (r < 0 && r != E_NOMEM && problems->count == before)
		yaml_problem(problems,
		             node != NULL ? node->place : (struct yaml_place){0},
		             _("%s.%s：%s"), row->section, row->name, text_err(r));
	return r;
}

static int read_text(const struct config_setting *row, void *settings,
                     struct arena *arena, const char *text, struct yaml_place place,
                     struct yaml_problems *problems)
{
	int r = config_value_read(row, settings, arena, text);

	if (r == E_SYNTAX || r == E_RANGE) {
		char allowed[CONFIG_ALLOWED_MAX];

		config_value_allowed(row, allowed, sizeof(allowed));
		yaml_problem(problems, place, _("%s.%s 是“%s”：应为 %s"), row->section,
		             row->name, text, allowed);
	}
	return r;
}

static struct yaml_node *find_node(struct yaml_node *root,
                                   const struct config_setting *row)
{
	return yaml_get(yaml_get(root, row->section), row->name);
}

/*
 * A file with nothing but comments, and a section with no lines, are maps too. @section
 * is NULL for the file as a whole.
 */
static void check_map(struct yaml_node *node, const char *section,
                      struct yaml_problems *problems)
{
	const char *found = node->kind == YAML_LIST ? _("列表") : _("文本");

	if (node->kind == YAML_MAP || is_empty(node))
		return;
	if (section == NULL)
		yaml_problem(problems, node->place, _("这里应为“名称: 值”形式，不是%s"),
		             found);
	else
		yaml_problem(problems, node->place, _("%s 应为“名称: 值”形式，不是%s"),
		             section, found);
}

static bool is_empty(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && node->text[0] == '\0';
}

static void check_names(const struct config_setting *table, struct yaml_node *root,
                        struct yaml_problems *problems)
{
	const char *sections[TABLE_ROWS_MAX + 1], *names[TABLE_ROWS_MAX + 1];
	size_t section_count = 0;

	for (const struct config_setting *row = table; row->name != NULL; row++) {
		struct yaml_node *node = yaml_get(root, row->section);
		size_t count = 0;

		if (!config_begins_section(table, row))
			continue;
		CHECK(section_count < TABLE_ROWS_MAX);
		sections[section_count++] = row->section;
		if (node == NULL)
			continue;
		check_map(node, row->section, problems);
		for (const struct config_setting *other = row; other->name != NULL;
		     other++) {
			if (strcmp(other->section, row->section) != 0)
				continue;
			CHECK(count < TABLE_ROWS_MAX);
			names[count++] = other->name;
		}
		names[count] = NULL;
		yaml_unknown_keys(node, names, problems);
	}
	sections[section_count] = NULL;
	yaml_unknown_keys(root, sections, problems);
}

int config_read_file(const struct config_setting *table, void *settings,
                     struct arena *arena, const char *path,
                     struct yaml_problems *problems)
{
	AUTO(freep) char *text = malloc(CONFIG_FILE_MAX + 1);
	struct yaml_place place = {.file = arena_strdup(arena, path)};
	struct yaml_node *root = NULL;
	size_t len;
	int r;

	if (text == NULL || place.file == NULL)
		return E_NOMEM; /* NOLINT(clang-analyzer-unix.Malloc): it misses AUTO */
	r = read_all(path, text, CONFIG_FILE_MAX + 1, &len);
	if (r < 0) {
		yaml_problem(problems, place, _("无法读取：%s"), text_errno(errno));
		return r;
	}
	if (len > CONFIG_FILE_MAX) {
		yaml_problem(problems, place, _("大于 %d 字节"), CONFIG_FILE_MAX);
		return E_LIMIT;
	}
	r = yaml_parse(arena, path, bytes_of(text, len), problems, &root);
	if (r == 0)
		r = config_read(table, settings, arena, root, problems);
	return r;
}

/* Up to @size bytes. E_IO, with errno as it was set. */
static int read_all(const char *path, char *text, size_t size, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved_errno;
	ssize_t more = fd < 0 ? -1 : 1;
	size_t len = 0;

	while (more > 0 && len < size) {
		more = read(fd, text + len, size - len);
		if (more < 0 && errno == EINTR)
			more = 1;
		else if (more > 0)
			len += (size_t)more;
	}
	saved_errno = errno;
	closep(&fd);
	errno = saved_errno;
	if (more < 0)
		return E_IO;
	*ret_len = len;
	return 0;
}

void config_print_problems(const struct yaml_problems *problems, FILE *out)
{
	size_t printed = 0;

	for (const struct yaml_problem *problem = problems->first; problem != NULL;
	     problem = problem->next, printed++) {
		const struct yaml_place *place = &problem->place;

		if (place->file != NULL)
			(void)fprintf(out, "%s:", place->file);
		if (place->line > 0)
			(void)fprintf(out, "%u:%u:", place->line, place->column);
		(void)fprintf(out, "%s%s\n",
		              place->file != NULL || place->line > 0 ? " " : "",
		              problem->message);
	}
	if (printed < problems->count)
		(void)fprintf(out, _("另有 %zu 处问题未列出\n"),
		              problems->count - printed);
}
