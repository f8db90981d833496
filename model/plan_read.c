/*
 * A plan, from a folder's files to one struct:
 *
 *   files -> sort -> hash -> parse each
 *     -> plan.yaml -> units.yaml -> schedule.yaml, scoring.yaml -> sections/<id>.yaml
 *     -> tasks/<id>.yaml -> people.yaml -> sample/... -> calendar/... -> lint
 *
 * What comes later refers to what came before. Reading goes on after a problem, so
 * that one run names every mistake; only without plan.yaml and units.yaml there is
 * nothing that the rest could be held against.
 *
 * What can go wrong, and who must act: the files are wrong: their author, who is
 * told every place. They are too many or too large (E_LIMIT), or need more memory
 * than the caller allows (E_NOMEM): whoever sent them.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/err.h"
#include "base/utf8.h"
#include "model/plan_internal.h"

#define NAME_SIZE_MAX 200

/* A file and its tree; NULL when it could not be read. */
struct tree {
	const char *name;
	struct bytes content;
	struct yaml_node *root;
	bool used;
};

struct forest {
	struct tree trees[PLAN_FILES_MAX];
	size_t count;
};

static int take_files(struct forest *forest, const struct plan_file *files, size_t count,
                      struct yaml_problems *problems);
static int by_name(const void *a, const void *b);
static int hash_files(const struct forest *forest, uint8_t *ret_hash);
static bool hash_bytes(EVP_MD_CTX *context, struct bytes bytes);
static int parse_files(struct plan_reader *reader, struct forest *forest);
static void read_all(struct plan_reader *reader, struct forest *forest);
static size_t count_clauses(const struct forest *forest);
static struct tree *find_tree(struct forest *forest, const char *name);
static struct tree *need_tree(struct plan_reader *reader, struct forest *forest,
                              const char *name, const char *what);
static void read_sections(struct plan_reader *reader, struct forest *forest);
static void read_sample(struct plan_reader *reader, struct forest *forest);
static void read_task_files(struct plan_reader *reader, struct forest *forest,
                            const char *folder);
static void read_people(struct plan_reader *reader, struct forest *forest,
                        const char *name);
static int read_calendar(struct plan_reader *reader, struct forest *forest);
static bool is_amendment(const struct tree *tree);
static int amend(struct plan_reader *reader, struct forest *forest);
static void check_all_used(struct plan_reader *reader, const struct forest *forest);
static bool starts_with(const char *text, const char *prefix);

int plan_read(struct arena *arena, const struct plan_file *files, size_t count,
              struct yaml_problems *problems, struct yaml_problems *warnings,
              const struct plan **ret_plan)
{
	struct plan_reader reader = {.arena = arena,
	                             .problems = problems,
	                             .warnings = warnings};
	struct forest *forest = arena_new(arena, struct forest);
	struct plan *plan = arena_new(arena, struct plan);
	size_t before = problems->count;
	int r;

	if (forest == NULL || plan == NULL)
		return E_NOMEM;
	plan->id = plan->number = plan->title = plan->issuer = plan->issued = plan->note =
		"";
	plan->schedule.first_period = plan->schedule.last_period = "";
	plan->calendar.version = plan->calendar.file = "";
	reader.plan = plan;
	r = take_files(forest, files, count, problems);
	if (r == 0)
		r = hash_files(forest, plan->hash);
	if (r == 0)
		r = parse_files(&reader, forest);
	if (r < 0)
		return r;
	read_all(&reader, forest);
	if (!reader.out_of_memory && plan->calendar.version[0] != '\0')
		r = read_calendar(&reader, forest);
	if (r == E_NOMEM || reader.out_of_memory)
		return E_NOMEM;
	if (problems->count == before)
		plan_lint(&reader);
	if (reader.out_of_memory)
		return E_NOMEM;
	if (problems->count > before)
		return E_SYNTAX;
	*ret_plan = plan;
	return 0;
}

/* The order in which a folder was listed must not matter, not even to the hash. */
static int take_files(struct forest *forest, const struct plan_file *files, size_t count,
                      struct yaml_problems *problems)
{
	struct yaml_place nowhere = {0};

	if (count > PLAN_FILES_MAX) {
		yaml_problem(problems, nowhere, "有%zu个文件：最多%d个", count,
		             PLAN_FILES_MAX);
		return E_LIMIT;
	}
	for (size_t i = 0; i < count; i++) {
		const char *name = files[i].name;

		if (files[i].content.len > PLAN_FILE_SIZE_MAX) {
			yaml_problem(problems, nowhere,
			             "文件“%s”有%zu个字节：最多%d个字节", name,
			             files[i].content.len, PLAN_FILE_SIZE_MAX);
			return E_LIMIT;
		}
		if (name[0] == '\0' || strlen(name) > NAME_SIZE_MAX ||
		    !utf8_valid(bytes_of_str(name))) {
			yaml_problem(problems, nowhere,
			             "文件名不能用：应当是1至%d个字节的UTF-8",
			             NAME_SIZE_MAX);
			return E_SYNTAX;
		}
		forest->trees[forest->count++] =
			(struct tree){.name = name, .content = files[i].content};
	}
	qsort(forest->trees, forest->count, sizeof(forest->trees[0]), by_name);
	for (size_t i = 1; i < forest->count; i++)
		if (strcmp(forest->trees[i - 1].name, forest->trees[i].name) == 0) {
			yaml_problem(problems, nowhere, "文件“%s”有两个",
			             forest->trees[i].name);
			return E_SYNTAX;
		}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tree *)a)->name, ((const struct tree *)b)->name);
}

static int hash_files(const struct forest *forest, uint8_t *ret_hash)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t hash[EVP_MAX_MD_SIZE];
	bool done =
		context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

	for (size_t i = 0; done && i < forest->count; i++)
		done = hash_bytes(context, bytes_of_str(forest->trees[i].name)) &&
		       hash_bytes(context, forest->trees[i].content);
	done = done && EVP_DigestFinal_ex(context, hash, NULL) == 1;
	EVP_MD_CTX_free(context);
	if (!done)
		return E_NOMEM;
	memcpy(ret_hash, hash, sizeof(((struct plan *)NULL)->hash));
	return 0;
}

/* The length first: files that were cut elsewhere must not hash the same. */
static bool hash_bytes(EVP_MD_CTX *context, struct bytes bytes)
{
	uint8_t len[sizeof(uint32_t)];
	struct writer writer;

	writer_init(&writer, len, sizeof(len));
	write_u32(&writer, (uint32_t)bytes.len);
	return EVP_DigestUpdate(context, len, sizeof(len)) == 1 &&
	       EVP_DigestUpdate(context, bytes.data, bytes.len) == 1;
}

static int parse_files(struct plan_reader *reader, struct forest *forest)
{
	for (size_t i = 0; i < forest->count; i++) {
		struct tree *tree = &forest->trees[i];
		int r = yaml_parse(reader->arena, tree->name, tree->content,
		                   reader->problems, &tree->root);

		if (r == E_NOMEM)
			return r;
	}
	return 0;
}

static void read_all(struct plan_reader *reader, struct forest *forest)
{
	struct tree *document = need_tree(reader, forest, "plan.yaml", "方案基本情况");
	struct tree *units = need_tree(reader, forest, "units.yaml", "填报单位");
	struct tree *schedule = find_tree(forest, "schedule.yaml");
	struct tree *scoring = find_tree(forest, "scoring.yaml");

	if (document == NULL || units == NULL || document->root == NULL ||
	    units->root == NULL)
		return;
	reader->clauses =
		plan_new_array(reader, count_clauses(forest), sizeof(*reader->clauses));
	if (reader->clauses == NULL)
		return;
	reader->plan->clauses = reader->clauses;
	plan_read_document(reader, document->root);
	plan_read_units(reader, units->root);
	if (schedule != NULL && schedule->root != NULL)
		plan_read_schedule(reader, schedule->root);
	if (scoring != NULL && scoring->root != NULL)
		plan_read_scoring(reader, scoring->root);
	if (reader->out_of_memory)
		return;
	read_sections(reader, forest);
	if (reader->out_of_memory)
		return;
	read_task_files(reader, forest, "tasks/");
	read_people(reader, forest, "people.yaml");
	read_sample(reader, forest);
	check_all_used(reader, forest);
}

static struct tree *need_tree(struct plan_reader *reader, struct forest *forest,
                              const char *name, const char *what)
{
	struct tree *tree = find_tree(forest, name);
	struct yaml_place nowhere = {0};

	if (tree == NULL)
		yaml_problem(reader->problems, nowhere, "缺少文件 %s（%s）", name, what);
	return tree;
}

static struct tree *find_tree(struct forest *forest, const char *name)
{
	for (size_t i = 0; i < forest->count; i++)
		if (strcmp(forest->trees[i].name, name) == 0) {
			forest->trees[i].used = true;
			return &forest->trees[i];
		}
	return NULL;
}

static size_t count_clauses(const struct forest *forest)
{
	size_t count = 0;

	for (size_t i = 0; i < forest->count; i++) {
		const struct yaml_node *list = yaml_get(forest->trees[i].root, "clauses");

		count += list == NULL ? 0 : list->count;
	}
	return count;
}

static void read_sections(struct plan_reader *reader, struct forest *forest)
{
	for (size_t i = 0; i < reader->plan->section_count; i++) {
		struct plan_section *section = &reader->sections[i];
		char name[sizeof("sections/.yaml") + PLAN_ID_MAX];
		struct tree *tree;

		(void)snprintf(name, sizeof(name), "sections/%s.yaml", section->id);
		tree = need_tree(reader, forest, name, "plan.yaml 的 sections 里列了它");
		section->name = section->heading = "";
		reader->parts[i].broken = tree == NULL || tree->root == NULL;
		if (!reader->parts[i].broken)
			plan_read_section(reader, section, tree->root);
		if (reader->out_of_memory)
			return;
	}
}

static void read_task_files(struct plan_reader *reader, struct forest *forest,
                            const char *folder)
{
	for (size_t i = 0; i < forest->count && !reader->out_of_memory; i++) {
		struct tree *tree = &forest->trees[i];

		if (!starts_with(tree->name, folder))
			continue;
		tree->used = true;
		if (tree->root != NULL)
			plan_read_tasks(reader, tree->root);
	}
}

static void read_people(struct plan_reader *reader, struct forest *forest,
                        const char *name)
{
	struct tree *people = find_tree(forest, name);

	if (people != NULL && people->root != NULL && !reader->out_of_memory)
		plan_read_people(reader, people->root);
}

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void read_sample(struct plan_reader *reader, struct forest *forest)
{
	struct tree *overlay, *schedule, *scoring;

	for (size_t i = 0; i < forest->count; i++)
		if (starts_with(forest->trees[i].name, "sample/"))
			reader->plan->sample = true;
	if (!reader->plan->sample)
		return;
	reader->sample = true;
	overlay = need_tree(reader, forest, "sample/overlay.yaml",
	                    "说明这是哪个方案的示例补充");
	if (overlay != NULL && overlay->root != NULL)
		plan_read_overlay(reader, overlay->root);
	schedule = find_tree(forest, "sample/schedule.yaml");
	if (schedule != NULL && schedule->root != NULL)
		plan_read_schedule(reader, schedule->root);
	scoring = find_tree(forest, "sample/scoring.yaml");
	if (scoring != NULL && scoring->root != NULL)
		plan_read_scoring(reader, scoring->root);
	read_task_files(reader, forest, "sample/tasks/");
	read_people(reader, forest, "sample/people.yaml");
	reader->sample = false;
}

static void check_all_used(struct plan_reader *reader, const struct forest *forest)
{
	for (size_t i = 0; i < forest->count; i++) {
		const struct tree *tree = &forest->trees[i];

		/* What could not be parsed may be what was looked for under its name. */
		if (tree->used || tree->root == NULL ||
		    starts_with(tree->name, "calendar/"))
			continue;
		yaml_problem(
			reader->problems, tree->root->place,
			starts_with(tree->name, "sample/")
				? "示例补充里只能有 overlay.yaml、schedule.yaml、"
				  "scoring.yaml、people.yaml 和 "
				  "tasks/<板块>.yaml：文件本身载明的不能由示例改动"
				: "方案里用不到这个文件：可用 plan.yaml、units.yaml、"
				  "schedule.yaml、scoring.yaml、people.yaml、sections/"
				  "<板块>.yaml、"
				  "tasks/<板块>.yaml，板块要列在 plan.yaml 的 sections "
				  "里");
	}
}

/* The calendar is pinned: the file must be of the version that the plan names. */
static int read_calendar(struct plan_reader *reader, struct forest *forest)
{
	const char *wanted = reader->plan->calendar.version;
	struct yaml_place nowhere = {0};
	struct calendar calendar;

	for (size_t i = 0; i < forest->count; i++) {
		struct tree *tree = &forest->trees[i];
		const struct yaml_node *version = yaml_get(tree->root, "version");
		int r;

		if (!starts_with(tree->name, "calendar/") || tree->root == NULL ||
		    is_amendment(tree))
			continue;
		if (version != NULL && version->kind == YAML_SCALAR &&
		    strcmp(version->text, wanted) != 0)
			continue;
		r = calendar_read(reader->arena, tree->root, reader->problems, &calendar);
		if (r < 0)
			return r;
		reader->plan->calendar = calendar;
		return amend(reader, forest);
	}
	yaml_problem(
		reader->problems, nowhere,
		"缺少工作日历：plan.yaml 用的是 %s，calendar/ 里没有 version 相同的文件",
		wanted);
	return E_SYNTAX;
}

static bool is_amendment(const struct tree *tree)
{
	return yaml_get(tree->root, "amends") != NULL;
}

static int amend(struct plan_reader *reader, struct forest *forest)
{
	struct calendar *calendar = &reader->plan->calendar;

	for (size_t i = 0; i < forest->count; i++) {
		struct tree *tree = &forest->trees[i];
		const struct yaml_node *amends = yaml_get(tree->root, "amends");
		int r;

		if (!starts_with(tree->name, "calendar/") || amends == NULL ||
		    amends->kind != YAML_SCALAR ||
		    strcmp(amends->text, calendar->version) != 0)
			continue;
		r = calendar_amend(reader->arena, tree->root, reader->problems, calendar);
		if (r < 0)
			return r;
	}
	return 0;
}
