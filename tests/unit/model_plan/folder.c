/* The real plan's folders, read from the source tree; see folder.h. */
#include "folder.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ARENA_LIMIT (64u << 20)
#define PATH_SIZE   512

static void read_all(struct folder *folder, const char *path, const char *prefix);
static void read_one(struct folder *folder, const char *path, const char *name);
static size_t find_file(const struct folder *folder, const char *name);

void folder_open(struct folder *folder, bool sample)
{
	*folder = (struct folder){0};
	arena_init(&folder->arena, ARENA_LIMIT);
	yaml_problems_init(&folder->problems, &folder->arena);
	yaml_problems_init(&folder->warnings, &folder->arena);
	read_all(folder, PLANS_DIR "/changsha-2022-55", "");
	read_all(folder, PLANS_DIR "/changsha-2022-55/sections", "sections/");
	read_all(folder, PLANS_DIR "/calendar", "calendar/");
	if (!sample)
		return;
	read_all(folder, PLANS_DIR "/changsha-2022-55.sample", "sample/");
	read_all(folder, PLANS_DIR "/changsha-2022-55.sample/tasks", "sample/tasks/");
}

static void read_all(struct folder *folder, const char *path, const char *prefix)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		char file[PATH_SIZE], name[PATH_SIZE];
		const char *dot = strrchr(entry->d_name, '.');

		if (dot == NULL || strcmp(dot, ".yaml") != 0)
			continue;
		(void)snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		(void)snprintf(name, sizeof(name), "%s%s", prefix, entry->d_name);
		read_one(folder, file, name);
	}
	(void)closedir(dir);
}

static void read_one(struct folder *folder, const char *path, const char *name)
{
	char *text = arena_alloc(&folder->arena, PLAN_FILE_SIZE_MAX / 4);
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, PLAN_FILE_SIZE_MAX / 4 - 1, file) > 0);
	(void)fclose(file);
	folder_add(folder, name, text);
}

void folder_add(struct folder *folder, const char *name, const char *text)
{
	assert_true(folder->count < PLAN_FILES_MAX);
	folder->files[folder->count].name = arena_strdup(&folder->arena, name);
	folder->files[folder->count].content =
		bytes_of_str(arena_strdup(&folder->arena, text));
	folder->count++;
}

void folder_close(struct folder *folder)
{
	arena_finish(&folder->arena);
}

void folder_edit(struct folder *folder, const char *name, const char *from,
                 const char *to)
{
	struct plan_file *file = &folder->files[find_file(folder, name)];
	const char *text = (const char *)file->content.data;
	const char *at = strstr(text, from);

	if (at == NULL)
		fail_msg("%s has no \"%s\"", name, from);
	text = arena_printf(&folder->arena, "%.*s%s%s", (int)(at - text), text, to,
	                    at + strlen(from));
	file->content = bytes_of_str(text);
}

static size_t find_file(const struct folder *folder, const char *name)
{
	for (size_t i = 0; i < folder->count; i++)
		if (strcmp(folder->files[i].name, name) == 0)
			return i;
	fail_msg("there is no file %s", name);
	return 0;
}

void folder_drop(struct folder *folder, const char *name)
{
	size_t i = find_file(folder, name);

	folder->files[i] = folder->files[--folder->count];
}

unsigned folder_line(const struct folder *folder, const char *name, const char *text)
{
	const char *start =
		(const char *)folder->files[find_file(folder, name)].content.data;
	const char *at = strstr(start, text);
	unsigned line = 1;

	if (at == NULL)
		fail_msg("%s has no \"%s\"", name, text);
	for (; start < at; start++)
		line += *start == '\n';
	return line;
}

int folder_plan(struct folder *folder, const struct plan **ret_plan)
{
	return plan_read(&folder->arena, folder->files, folder->count, &folder->problems,
	                 &folder->warnings, ret_plan);
}

const struct plan *folder_good_plan(struct folder *folder)
{
	const struct plan *plan = NULL;
	int r = folder_plan(folder, &plan);

	for (const struct yaml_problem *p = folder->problems.first; p != NULL;
	     p = p->next)
		print_error("%s:%u:%u: %s\n", p->place.file != NULL ? p->place.file : "-",
		            p->place.line, p->place.column, p->message);
	assert_int_equal(r, 0);
	assert_int_equal(folder->problems.count, 0);
	return plan;
}

const struct yaml_problem *folder_find(const struct yaml_problems *problems,
                                       const char *part)
{
	for (const struct yaml_problem *p = problems->first; p != NULL; p = p->next)
		if (strstr(p->message, part) != NULL)
			return p;
	return NULL;
}
