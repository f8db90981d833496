/* Recipients in a hash table of lists. One without a stream is kept until it was noted
 * that it was heard of. */
#include "server/watch_recipients.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static struct list *bucket_of(const struct recipients *recipients, const char *path);

void recipients_init(struct recipients *recipients)
{
	for (size_t i = 0; i < RECIPIENT_BUCKETS; i++)
		list_init(&recipients->buckets[i]);
	list_init(&recipients->all);
}

struct recipient *recipients_find(const struct recipients *recipients, const char *path)
{
	const struct list *bucket = bucket_of(recipients, path);

	list_for_each (node, bucket) {
		struct recipient *recipient = list_entry(node, struct recipient, bucket);

		if (strcmp(recipient->path, path) == 0)
			return recipient;
	}
	return NULL;
}

/* FNV-1a; who may be a recipient is limited, so nobody can make chains long. */
static struct list *bucket_of(const struct recipients *recipients, const char *path)
{
	union {
		const struct list *lent;
		struct list *list;
	} bucket;
	uint32_t hash = 2166136261U;

	for (; *path != '\0'; path++)
		hash = (hash ^ (uint8_t)*path) * 16777619U;
	bucket.lent = &recipients->buckets[hash & (RECIPIENT_BUCKETS - 1)];
	return bucket.list;
}

struct recipient *recipients_need(struct recipients *recipients, const char *path)
{
	struct recipient *recipient = recipients_find(recipients, path);

	if (recipient != NULL)
		return recipient;
	recipient = calloc(1, sizeof(*recipient));
	if (recipient == NULL)
		return NULL;
	(void)snprintf(recipient->path, sizeof(recipient->path), "%s", path);
	list_init(&recipient->watchers);
	list_init(&recipient->bucket);
	list_init(&recipient->link);
	list_push(bucket_of(recipients, path), &recipient->bucket);
	list_push(&recipients->all, &recipient->link);
	return recipient;
}

void recipients_drop_idle(struct recipients *recipients)
{
	list_for_each_safe (node, &recipients->all) {
		struct recipient *recipient = list_entry(node, struct recipient, link);

		if (!list_empty(&recipient->watchers))
			continue;
		list_remove(&recipient->bucket);
		list_remove(&recipient->link);
		free(recipient);
	}
}

int recipients_districts(const struct recipients *recipients, struct arena *arena,
                         const char *const **ret_codes, size_t *ret_count)
{
	static const char district[] = "district/";
	const char **codes = NULL;
	size_t count = 0, capacity = 0;

	list_for_each (node, &recipients->all) {
		const struct recipient *recipient =
			list_entry(node, struct recipient, link);

		if (strncmp(recipient->path, district, sizeof(district) - 1) != 0)
			continue;
		codes = arena_grow(arena, codes, count, &capacity, sizeof(*codes));
		if (codes == NULL)
			return E_NOMEM;
		codes[count] =
			arena_strdup(arena, recipient->path + sizeof(district) - 1);
		if (codes[count++] == NULL)
			return E_NOMEM;
	}
	*ret_codes = codes;
	*ret_count = count;
	return 0;
}
