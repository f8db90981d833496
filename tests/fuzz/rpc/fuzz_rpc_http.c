/*
 * The target of an HTTP request and the list in If-None-Match. What a path is decoded to
 * is written again and must be read as the same; nothing that it may reach leaves its
 * folder.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "rpc/http_file.h"
#include "rpc/http_target.h"
#include "rpc/percent.h"

#define MEMORY_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_path(struct arena *arena, struct bytes text)
{
	const char *path, *again;
	char *encoded;

	if (http_path_decode(arena, text, &path) < 0)
		return;
	CHECK(path[0] == '/' && utf8_valid(bytes_of_str(path)));
	CHECK(strstr(path, "/../") == NULL && strstr(path, "/./") == NULL);
	if (http_file_may_ask(path + 1))
		CHECK(strstr(path, "/.") == NULL && strstr(path, "//") == NULL);
	(void)http_file_type(path);
	encoded = percent_encode(arena, path);
	if (encoded != NULL &&
	    http_path_decode(arena, bytes_of_str(encoded), &again) == 0)
		CHECK(strcmp(path, again) == 0);
}

static void read_query(struct arena *arena, struct bytes query)
{
	static const char *const names[] = {"a", "", "单位", "x y"};
	const char *value;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (http_query_find(arena, query, names[i], &value) == 0)
			CHECK(utf8_valid(bytes_of_str(value)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes path, query;
	struct arena arena;
	char *text;

	arena_init(&arena, MEMORY_MAX);
	http_target_split(bytes_of(data, size), &path, &query);
	CHECK(path.len + query.len <= size);
	read_path(&arena, path);
	read_query(&arena, query);
	text = arena_strndup(&arena, data, size);
	if (text != NULL)
		(void)http_etag_listed(text, "\"a\"");
	arena_finish(&arena);
	return 0;
}
