/* One digest while it is written. For notice_digest.c and notice_digest_text.c only. */
#ifndef DUBAN_MODEL_NOTICE_DIGEST_TEXT_H
#define DUBAN_MODEL_NOTICE_DIGEST_TEXT_H

#include "base/bytes.h"
#include "model/notice_digest.h"

/* Alerts of one sort to one reader: "提级督办" to "更新办". */
struct digest_group {
	struct bytes label, address; /* borrowed from an item; may be empty */
	const struct digest_item **items;
	size_t count;
};

struct digesting {
	struct arena *arena;
	size_t count; /* of all groups */
	struct digest_group *groups;
	size_t group_count;
	bool out_of_memory;
};

/* What a text begins with before its first "：", and what comes after it. */
struct bytes digest_address(const char *text, struct bytes *ret_rest);
/* What a title says after its label: "雨花区：…". */
const char *digest_line(const struct digest_item *item);
/* The whole text in at most @size_max bytes; NULL: no memory. */
const char *digest_text(struct digesting *digesting, size_t size_max);

#endif
