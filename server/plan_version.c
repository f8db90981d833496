/* A version with its plan's memory; the count is not atomic: references are taken and
 * given back on the loop's thread only. */
#include "server/plan_version.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"

struct held {
	unsigned magic;
#define HELD_MAGIC 0x91c4f02bU
	unsigned refs;
	struct plan_version version;
	struct arena arena;
};

static struct held *held_of(const struct plan_version *version);

struct plan_version *plan_version_create(uint32_t version, int64_t applied_at)
{
	struct held *held = calloc(1, sizeof(*held));

	if (held == NULL)
		return NULL;
	held->magic = HELD_MAGIC;
	held->refs = 1;
	held->version.version = version;
	held->version.applied_at = applied_at;
	arena_init(&held->arena, PLAN_MEMORY_MAX);
	return &held->version;
}

int plan_version_read(struct plan_version *version, const char *id,
                      const struct plan_file *files, size_t count, struct arena *scratch)
{
	struct yaml_problems problems, warnings;
	const struct plan *plan;
	int r;

	yaml_problems_init(&problems, scratch);
	yaml_problems_init(&warnings, scratch);
	r = plan_read(&held_of(version)->arena, files, count, &problems, &warnings,
	              &plan);
	if (r == E_SYNTAX || (r == 0 && strcmp(plan->id, id) != 0))
		return E_CORRUPT;
	if (r == 0)
		version->plan = plan;
	return r;
}

const struct plan_version *plan_version_ref(const struct plan_version *version)
{
	held_of(version)->refs++;
	return version;
}

void plan_version_unref(const struct plan_version *version)
{
	struct held *held;

	if (version == NULL)
		return;
	held = held_of(version);
	if (--held->refs > 0)
		return;
	held->magic = 0;
	arena_finish(&held->arena);
	free(held);
}

/* Users hold a version as constant; its count is ours to change. */
static struct held *held_of(const struct plan_version *version)
{
	union {
		const struct plan_version *lent;
		struct plan_version *owned;
	} view = {.lent = version};
	struct held *held = container_of(view.owned, struct held, version);

	CHECK_MAGIC(held, HELD_MAGIC);
	return held;
}
