/*
 * A report file:
 *
 *	bytes -> size, UTF-8 -> by extension: YAML or CSV -> texts with places
 *
 * What can go wrong is the writer's to correct: each problem has its line.
 */
#include "client/agent/report_file.h"

#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/utf8.h"
#include "client/agent/agent.h"

static bool check_encoding(const char *name, struct bytes content,
                           struct yaml_problems *problems);
static void check_count(const struct report_file *file, struct yaml_problems *problems);

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len > end_len && strcasecmp(name + len - end_len, end) == 0;
}

int report_file_read(struct arena *arena, const char *name, struct bytes content,
                     struct yaml_problems *problems, struct report_file *ret_file)
{
	struct yaml_place whole = {.file = name};
	struct report_file file = {.name = name};
	bool csv = ends_with(name, ".csv");
	int r;

	if (!csv && !ends_with(name, ".yaml") && !ends_with(name, ".yml")) {
		yaml_problem(problems, whole,
		             _("不是报表文件：请使用 .yaml、.yml 或 .csv "
		               "文件（电子表格请另存为"
		               "“CSV UTF-8”）"));
		return E_UNSUPPORTED;
	}
	if (content.len > REPORT_FILE_MAX) {
		yaml_problem(problems, whole, _("文件有 %zu 字节，超过上限 %d 字节"),
		             content.len, REPORT_FILE_MAX);
		return E_LIMIT;
	}
	if (!check_encoding(name, content, problems))
		return E_SYNTAX;
	r = csv ? report_csv_read(arena, content, problems, &file)
	        : report_yaml_read(arena, content, problems, &file);
	if (r < 0)
		return r;
	check_count(&file, problems);
	if (problems->count > 0)
		return E_SYNTAX;
	*ret_file = file;
	return 0;
}

/* Of the unit's own; how many of projects, the bytes of a report bound. */
static void check_count(const struct report_file *file, struct yaml_problems *problems)
{
	size_t count = 0;

	for (size_t i = 0; i < file->figure_count; i++) {
		const struct file_text *fields = file->figures[i].fields;

		if (fields[FIGURE_PROJECT].text != NULL &&
		    fields[FIGURE_PROJECT].text[0] != '\0')
			continue;
		if (++count > REPORT_FIGURES_MAX) {
			yaml_problem(problems, fields[FIGURE_NAME].place,
			             _("指标多于 %d 个"), REPORT_FIGURES_MAX);
			return;
		}
	}
}

/* Spreadsheets on Windows write GBK or UTF-16 unless they are told otherwise. */
static bool check_encoding(const char *name, struct bytes content,
                           struct yaml_problems *problems)
{
	struct yaml_place place = {.file = name, .line = 1};

	if (utf8_valid(content))
		return true;
	for (struct bytes rest = content; rest.len > 0;) {
		uint32_t character;
		size_t len = utf8_first(rest, &character);

		if (len == 0 || character == 0)
			break;
		place.line += character == '\n';
		rest = bytes_of(rest.data + len, rest.len - len);
	}
	yaml_problem(problems, place,
	             _("不是 UTF-8 编码（可能是 GBK 或 ANSI）。请用“CSV UTF-8”或 UTF-8 "
	               "编码另存后重新报送"));
	return false;
}

struct file_text *report_file_text(struct report_file *file, int field)
{
	switch (field) {
	case FIELD_PLAN:
		return &file->plan;
	case FIELD_UNIT:
		return &file->unit;
	case FIELD_SECTION:
		return &file->section;
	case FIELD_PERIOD:
		return &file->period;
	case FIELD_KIND:
		return &file->kind;
	case FIELD_SUPERSEDES:
		return &file->supersedes;
	case FIELD_CHANGE_REASON:
		return &file->change_reason;
	default:
		return field >= FIELD_PROGRESS && field <= FIELD_CITY_TO_SETTLE
		               ? &file->texts[field - FIELD_PROGRESS]
		               : NULL;
	}
}

struct file_person *report_file_person(struct report_file *file, int field)
{
	return field >= FIELD_FILLED_BY && field <= FIELD_APPROVED_BY
	               ? &file->persons[field - FIELD_FILLED_BY]
	               : NULL;
}

struct file_figure *report_file_figure(struct arena *arena, struct report_file *file,
                                       struct yaml_place place,
                                       struct yaml_problems *problems)
{
	struct file_figure *larger;

	if (file->figure_count == REPORT_FILE_FIGURES_MAX) {
		yaml_problem(problems, place, _("指标多于 %d 个"),
		             REPORT_FILE_FIGURES_MAX);
		return NULL;
	}
	larger = arena_grow(arena, file->figures, file->figure_count, &file->capacity,
	                    sizeof(*larger));
	if (larger == NULL)
		return NULL;
	file->figures = larger;
	larger[file->figure_count] = (struct file_figure){0};
	return &larger[file->figure_count++];
}

void report_file_put(struct file_text *into, const char *text, struct yaml_place place,
                     struct yaml_problems *problems)
{
	if (into->text != NULL) {
		yaml_problem(problems, place, _("重复填写（第%u行已有）"),
		             into->place.line);
		return;
	}
	into->text = text;
	into->place = place;
}
