/*
 * What a URL means, and which file it may reach. If these fail, a page that exists is not
 * found, or a file that is nobody's business is handed out.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "rpc/http_file.h"
#include "rpc/http_state.h"
#include "rpc/http_target.h"

static int decode(struct arena *arena, const char *path, const char **ret_path)
{
	return http_path_decode(arena, bytes_of_str(path), ret_path);
}

static void a_target_is_split_at_the_first_question_mark(void **state)
{
	struct bytes path, query;

	(void)state;
	http_target_split(bytes_of_str("/a?b=?c"), &path, &query);
	assert_true(bytes_equal(path, bytes_of_str("/a")));
	assert_true(bytes_equal(query, bytes_of_str("b=?c")));
	http_target_split(bytes_of_str("/a"), &path, &query);
	assert_true(bytes_equal(path, bytes_of_str("/a")));
	assert_int_equal(query.len, 0);
}

static void paths_are_decoded_once(void **state)
{
	static const char *const good[][2] = {
		{"/", "/"},
		{"/a%20b", "/a b"},
		{"/%E6%9C%88%e6%8a%a5", "/月报"},
		{"/a+b", "/a+b"},
		{"/100%25", "/100%"},
		{"/%2525", "/%25"},
		{"/...", "/..."},
		{"/.a/..b", "/.a/..b"},
		{"//a//", "//a//"},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 16);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const char *path = NULL;

		assert_int_equal(decode(&arena, good[i][0], &path), 0);
		assert_string_equal(path, good[i][1]);
	}
	arena_finish(&arena);
}

static void paths_with_two_readings_are_refused(void **state)
{
	static const char *const bad[] = {
		"",        "a",          "*",       "/%",        "/%4",     "/%zz",
		"/a%2fb",  "/a%2Fb",     "/..",     "/../etc",   "/a/..",   "/a/../b",
		"/.",      "/./a",       "/a/.",    "/%2e%2e/a", "/%2E./a", "/.%2e",
		"/a%00",   "/%00/../..", "/a%0a",   "/a\x7f",    "/%1f",    "/\xff",
		"/%c0%af", "/%ff",       "/%e6%9c",
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 16);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *path = "untouched";

		assert_int_equal(decode(&arena, bad[i], &path), E_SYNTAX);
		assert_string_equal(path, "untouched");
	}
	arena_finish(&arena);
}

static void paths_over_the_memory_limit_fail(void **state)
{
	struct arena arena;
	const char *path;

	(void)state;
	arena_init(&arena, 1);
	assert_int_equal(decode(&arena, "/a", &path), E_NOMEM);
	arena_finish(&arena);
}

static int find(struct arena *arena, const char *query, const char *name,
                const char **ret_value)
{
	return http_query_find(arena, bytes_of_str(query), name, ret_value);
}

static void parameters_are_found(void **state)
{
	static const char *const good[][3] = {
		{"a=1", "a", "1"},
		{"a=1&b=2", "b", "2"},
		{"a=1&a=2", "a", "1"},
		{"a", "a", ""},
		{"a=", "a", ""},
		{"&&a=1", "a", "1"},
		{"a=b=c", "a", "b=c"},
		{"a=x+y%2B%26", "a", "x y+&"},
		{"%E5%8D%95%E4%BD%8D=%E9%9B%A8%E8%8A%B1", "单位", "雨花"},
		{"x+y=1", "x y", "1"},
		{"%zz=1&a=2", "a", "2"},
		{"b=%zz&a=2", "a", "2"},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 16);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const char *value = NULL;

		assert_int_equal(find(&arena, good[i][0], good[i][1], &value), 0);
		assert_string_equal(value, good[i][2]);
	}
	arena_finish(&arena);
}

static void parameters_that_are_not_there_or_broken_say_so(void **state)
{
	struct arena arena;
	const char *value = "untouched";

	(void)state;
	arena_init(&arena, 1 << 16);
	assert_int_equal(find(&arena, "", "a", &value), E_NOT_FOUND);
	assert_int_equal(find(&arena, "aa=1&b", "a", &value), E_NOT_FOUND);
	assert_int_equal(find(&arena, "=1", "", &value), E_NOT_FOUND);
	assert_int_equal(find(&arena, "a=%", "a", &value), E_SYNTAX);
	assert_int_equal(find(&arena, "a=%00", "a", &value), E_SYNTAX);
	assert_int_equal(find(&arena, "a=%ff", "a", &value), E_SYNTAX);
	assert_string_equal(value, "untouched");
	arena_finish(&arena);
}

static void etags_are_compared_weakly(void **state)
{
	(void)state;
	assert_true(http_etag_listed("\"a\"", "\"a\""));
	assert_true(http_etag_listed("W/\"a\"", "\"a\""));
	assert_true(http_etag_listed("\"a\"", "W/\"a\""));
	assert_true(http_etag_listed("\"x\", W/\"y,\" ,\"a\"", "\"a\""));
	assert_true(http_etag_listed("*", "\"a\""));
	assert_false(http_etag_listed("", "\"a\""));
	assert_false(http_etag_listed("\"ab\"", "\"a\""));
	assert_false(http_etag_listed("a", "\"a\""));
	assert_false(http_etag_listed("\"a", "\"a\""));
	assert_false(http_etag_listed("\"x\" junk \"a\"", "\"a\""));
}

static void nothing(struct rpc_http *http)
{
	(void)http;
}

static void the_longest_route_serves(void **state)
{
	static const struct rpc_http_handler handler = {.begun = nothing};
	static const struct rpc_http_route routes[] = {{"/board/", &handler, NULL},
	                                               {"/board/data/", &handler, NULL},
	                                               {"/board/data", &handler, NULL},
	                                               {"/metrics", &handler, NULL},
	                                               {NULL, NULL, NULL}};

	(void)state;
	assert_true(http_routes_valid(NULL));
	assert_true(http_routes_valid(routes));
	assert_ptr_equal(http_routes_find(routes, "/board/"), &routes[0]);
	assert_ptr_equal(http_routes_find(routes, "/board/x/y"), &routes[0]);
	assert_ptr_equal(http_routes_find(routes, "/board/data/x"), &routes[1]);
	assert_ptr_equal(http_routes_find(routes, "/board/data"), &routes[2]);
	assert_ptr_equal(http_routes_find(routes, "/metrics"), &routes[3]);
	assert_null(http_routes_find(routes, "/metrics/"));
	assert_null(http_routes_find(routes, "/board"));
	assert_null(http_routes_find(NULL, "/"));
	assert_true(http_routes_lack_slash(routes, "/board"));
	assert_false(http_routes_lack_slash(routes, "/boar"));
	assert_false(http_routes_lack_slash(routes, "/metrics"));
}

static void routes_that_cannot_be_served_are_refused(void **state)
{
	static const struct rpc_http_handler handler = {.begun = nothing}, empty = {0};
	const struct rpc_http_route bad[][2] = {{{"a", &handler, NULL}},
	                                        {{"/", NULL, NULL}},
	                                        {{"/", &empty, NULL}}};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_false(http_routes_valid(bad[i]));
}

static void hidden_names_may_not_be_asked_for(void **state)
{
	static const char *const bad[] = {".",    "..",   ".git/config", "a/.b", "/a",
	                                  "a//b", "../a", "a/../b",      "//"};
	static const char *const good[] = {"",      "a",     "a/",
	                                   "a/b.c", "a.b/c", "月报/一.csv"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(http_file_may_ask(bad[i]));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(http_file_may_ask(good[i]));
}

/* A folder "web" beside a file that is nobody's business. */
struct place {
	char root[32], web[48];
};

static void write_file(const struct place *place, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", place->root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fputs(text, file) >= 0, 1);
	assert_int_equal(fclose(file), 0);
}

static void make_link(const struct place *place, const char *to, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", place->root, name);
	assert_int_equal(symlink(to, path), 0);
}

static void make_place(struct place *place)
{
	char path[128];

	(void)snprintf(place->root, sizeof(place->root), "/tmp/test-rpc-http-XXXXXX");
	assert_non_null(mkdtemp(place->root));
	(void)snprintf(place->web, sizeof(place->web), "%s/web", place->root);
	assert_int_equal(mkdir(place->web, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/web/sub", place->root);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/web/pipe", place->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	write_file(place, "secret", "secret");
	write_file(place, "web/a.txt", "first");
	write_file(place, "web/sub/b.txt", "second");
	write_file(place, "web/empty", "");
	make_link(place, "sub/b.txt", "web/inside");
	make_link(place, "sub", "web/folder");
	make_link(place, "../secret", "web/outside");
	make_link(place, "..", "web/up");
	make_link(place, "loop", "web/loop");
}

static void remove_place(const struct place *place)
{
	static const char *const names[] = {"secret",      "web/a.txt",  "web/sub/b.txt",
	                                    "web/empty",   "web/inside", "web/folder",
	                                    "web/outside", "web/up",     "web/loop",
	                                    "web/pipe",    "web/sub",    "web"};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", place->root, names[i]);
		assert_int_equal(remove(path), 0);
	}
	assert_int_equal(rmdir(place->root), 0);
}

static struct http_file file_of(const struct place *place, const char *path)
{
	return (struct http_file){.folder = place->web, .path = path};
}

static void check_content(const struct place *place, const char *path, const char *text)
{
	struct http_file file = file_of(place, path);

	assert_int_equal(http_file_read(&file), 0);
	assert_int_equal(file.size, strlen(text));
	assert_int_equal(file.offset, strlen(text));
	assert_int_equal(file.chunk_len, strlen(text));
	assert_true(
		bytes_equal(bytes_of(file.chunk, file.chunk_len), bytes_of_str(text)));
	http_file_finish(&file);
}

static int open_error(const struct place *place, const char *path)
{
	struct http_file file = file_of(place, path);
	int r = http_file_read(&file);

	http_file_finish(&file);
	return r;
}

static void nothing_outside_the_folder_is_served(void **state)
{
	struct place place;

	(void)state;
	make_place(&place);
	check_content(&place, "a.txt", "first");
	check_content(&place, "sub/b.txt", "second");
	check_content(&place, "inside", "second");
	check_content(&place, "folder/b.txt", "second");
	assert_int_equal(open_error(&place, "outside"), E_NOT_FOUND);
	assert_int_equal(open_error(&place, "up/secret"), E_NOT_FOUND);
	assert_int_equal(open_error(&place, "../secret"), E_NOT_FOUND);
	assert_int_equal(open_error(&place, "../web/a.txt/x"), E_NOT_FOUND);
	assert_int_equal(open_error(&place, "loop"), E_NOT_FOUND);
	assert_int_equal(open_error(&place, "pipe"), E_NOT_FOUND);
	assert_int_equal(open_error(&place, "nothing"), E_NOT_FOUND);
	assert_int_equal(open_error(&place, "a.txt/"), E_NOT_FOUND);
	assert_int_equal(open_error(&place, "sub"), E_STATE);
	assert_int_equal(open_error(&place, ""), E_STATE);
	remove_place(&place);
}

static void a_folder_whose_name_goes_on_is_another(void **state)
{
	struct place place;
	char path[128];

	(void)state;
	make_place(&place);
	(void)snprintf(path, sizeof(path), "%s/website", place.root);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(&place, "website/c.txt", "third");
	assert_int_equal(open_error(&place, "../website/c.txt"), E_NOT_FOUND);
	(void)snprintf(path, sizeof(path), "%s/website/c.txt", place.root);
	assert_int_equal(remove(path), 0);
	(void)snprintf(path, sizeof(path), "%s/website", place.root);
	assert_int_equal(remove(path), 0);
	remove_place(&place);
}

static void an_empty_file_is_a_file(void **state)
{
	struct place place;

	(void)state;
	make_place(&place);
	check_content(&place, "empty", "");
	remove_place(&place);
}

/* Else a client would get the front of one file and the back of another. */
static void a_file_that_changes_is_noticed(void **state)
{
	struct place place;
	struct http_file file;

	(void)state;
	make_place(&place);
	file = file_of(&place, "a.txt");
	file.is_head = true;
	assert_int_equal(http_file_read(&file), 0);
	assert_int_equal(file.size, 5);
	assert_null(file.chunk);
	file.is_head = false;
	write_file(&place, "web/a.txt", "other!");
	assert_int_equal(http_file_read(&file), E_IO);
	assert_null(file.chunk);
	remove_place(&place);
}

/* Else browsers go on showing the old page, or load the same one each time. */
static void another_content_is_another_etag(void **state)
{
	struct place place;
	struct http_file first, file;

	(void)state;
	make_place(&place);
	first = file_of(&place, "a.txt");
	first.is_head = true;
	assert_int_equal(http_file_read(&first), 0);
	assert_true(first.etag[0] == '"' && first.etag[strlen(first.etag) - 1] == '"');
	file = file_of(&place, "a.txt");
	file.known = first.etag;
	assert_int_equal(http_file_read(&file), 0);
	assert_true(file.is_known);
	assert_null(file.chunk);
	write_file(&place, "web/a.txt", "changed");
	file = file_of(&place, "a.txt");
	file.known = first.etag;
	assert_int_equal(http_file_read(&file), 0);
	assert_false(file.is_known);
	assert_int_equal(file.chunk_len, 7);
	http_file_finish(&file);
	remove_place(&place);
}

static void large_files_come_in_chunks(void **state)
{
	struct place place;
	struct http_file file;
	char *text = calloc(1, 2 * HTTP_FILE_CHUNK + 2);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 2 * HTTP_FILE_CHUNK + 1);
	make_place(&place);
	write_file(&place, "web/a.txt", text);
	file = file_of(&place, "a.txt");
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(http_file_read(&file), 0);
		assert_int_equal(file.chunk_len, i < 3 ? HTTP_FILE_CHUNK : 1);
	}
	assert_int_equal(file.offset, file.size);
	http_file_finish(&file);
	free(text);
	remove_place(&place);
}

static void names_have_types(void **state)
{
	(void)state;
	assert_string_equal(http_file_type("a/index.html"), "text/html; charset=utf-8");
	assert_string_equal(http_file_type("a.b/LOGO.SVG"), "image/svg+xml");
	assert_string_equal(http_file_type("a.min.js"), "text/javascript; charset=utf-8");
	assert_string_equal(http_file_type("README"), "application/octet-stream");
	assert_string_equal(http_file_type("a."), "application/octet-stream");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_is_split_at_the_first_question_mark),
		cmocka_unit_test(paths_are_decoded_once),
		cmocka_unit_test(paths_with_two_readings_are_refused),
		cmocka_unit_test(paths_over_the_memory_limit_fail),
		cmocka_unit_test(parameters_are_found),
		cmocka_unit_test(parameters_that_are_not_there_or_broken_say_so),
		cmocka_unit_test(etags_are_compared_weakly),
		cmocka_unit_test(the_longest_route_serves),
		cmocka_unit_test(routes_that_cannot_be_served_are_refused),
		cmocka_unit_test(hidden_names_may_not_be_asked_for),
		cmocka_unit_test(nothing_outside_the_folder_is_served),
		cmocka_unit_test(a_folder_whose_name_goes_on_is_another),
		cmocka_unit_test(an_empty_file_is_a_file),
		cmocka_unit_test(a_file_that_changes_is_noticed),
		cmocka_unit_test(another_content_is_another_etag),
		cmocka_unit_test(large_files_come_in_chunks),
		cmocka_unit_test(names_have_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
