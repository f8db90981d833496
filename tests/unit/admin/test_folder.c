/* Plan folders: what is read must be what the office wrote, and nothing may hang. */
#include "client/admin/folder.h"

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

#include "tests/unit/admin/support.h"

static struct admin admin;
static char *root; /* with plan, sample and calendar in it */
static char path[3][256];
static struct folder folder;

static int set_up(void **state)
{
	static const char *const names[] = {"plan", "plan.sample", "calendar"};

	(void)state;
	root = folder_create();
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path[i], sizeof(path[i]), "%s/%s", root, names[i]);
		assert_int_equal(mkdir(path[i], 0700), 0);
	}
	admin = (struct admin){.json = false};
	arena_init(&admin.arena, ADMIN_MEMORY_MAX);
	folder = (struct folder){.files = NULL};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&admin.arena);
	folder_remove(root);
	free(root);
	return 0;
}

static int read_plain(void)
{
	return folder_read(&admin, path[0], NULL, NULL, &folder);
}

static void assert_file(size_t index, const char *name, const char *content)
{
	assert_true(index < folder.count);
	assert_string_equal(folder.files[index].name, name);
	assert_int_equal(folder.files[index].content.len, strlen(content));
	assert_memory_equal(folder.files[index].content.data, content, strlen(content));
}

static void test_names_are_those_of_the_contract(void **state)
{
	char below[300];

	(void)state;
	(void)snprintf(below, sizeof(below), "%s/sections", path[0]);
	assert_int_equal(mkdir(below, 0700), 0);
	file_write(path[0], "plan.yaml", "a", 1);
	file_write(path[0], "README.md", "no", 2);
	file_write(path[0], ".plan.yaml.swp", "no", 2);
	file_write(path[0], ".hidden.yaml", "no", 2);
	file_write(below, "1.yaml", "b", 1);
	file_write(path[1], "overlay.yaml", "c", 1);
	file_write(path[2], "2022.yaml", "", 0);
	assert_int_equal(folder_read(&admin, path[0], path[1], NULL, &folder), ADMIN_OK);
	assert_int_equal(folder.count, 4);
	assert_file(0, "plan.yaml", "a");
	assert_file(1, "sections/1.yaml", "b");
	assert_file(2, "sample/overlay.yaml", "c");
	assert_file(3, "calendar/2022.yaml", "");
}

/* "plans/x/" and "plans/x" are one folder, with the same calendar beside it. */
static void test_a_slash_at_the_end_changes_nothing(void **state)
{
	(void)state;
	file_write(path[0], "plan.yaml", "a", 1);
	file_write(path[2], "2022.yaml", "b", 1);
	(void)strcat(path[0], "//");
	assert_int_equal(read_plain(), ADMIN_OK);
	assert_int_equal(folder.count, 2);
}

/* A folder that was named and is not there must not be passed over in silence. */
static void test_a_missing_folder_is_an_error(void **state)
{
	(void)state;
	file_write(path[0], "plan.yaml", "a", 1);
	assert_int_equal(folder_read(&admin, "/nonexistent", NULL, NULL, &folder),
	                 ADMIN_USAGE);
	assert_int_equal(folder_read(&admin, path[0], "/nonexistent", NULL, &folder),
	                 ADMIN_USAGE);
	assert_int_equal(folder_read(&admin, path[0], NULL, "/nonexistent", &folder),
	                 ADMIN_USAGE);
	assert_int_equal(rmdir(path[2]), 0);
	assert_int_equal(read_plain(), ADMIN_OK);
}

static void test_a_file_that_is_too_large(void **state)
{
	char name[300];

	(void)state;
	file_write(path[0], "plan.yaml", "", 0);
	(void)snprintf(name, sizeof(name), "%s/plan.yaml", path[0]);
	assert_int_equal(truncate(name, PLAN_FILE_SIZE_MAX), 0);
	assert_int_equal(read_plain(), ADMIN_OK);
	assert_int_equal(truncate(name, PLAN_FILE_SIZE_MAX + 1), 0);
	assert_int_equal(read_plain(), ADMIN_REFUSED);
}

static void test_too_many_files(void **state)
{
	char name[32];

	(void)state;
	for (int i = 0; i < PLAN_FILES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "%d.yaml", i);
		file_write(path[0], name, "a", 1);
	}
	assert_int_equal(read_plain(), ADMIN_OK);
	assert_int_equal(folder.count, PLAN_FILES_MAX);
	file_write(path[0], "more.yaml", "a", 1);
	assert_int_equal(read_plain(), ADMIN_REFUSED);
}

static void test_a_loop_of_links_ends(void **state)
{
	char link[300];

	(void)state;
	(void)snprintf(link, sizeof(link), "%s/again", path[0]);
	assert_int_equal(symlink(path[0], link), 0);
	assert_int_equal(read_plain(), ADMIN_USAGE);
}

/* Opening a pipe would wait for a writer that never comes. */
static void test_what_is_no_file_is_refused(void **state)
{
	char pipe[300];

	(void)state;
	(void)snprintf(pipe, sizeof(pipe), "%s/pipe.yaml", path[0]);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_int_equal(read_plain(), ADMIN_REFUSED);
}

/* A link to nothing cannot be read by anybody, root included. */
static void test_a_file_that_cannot_be_read(void **state)
{
	char link[300];

	(void)state;
	(void)snprintf(link, sizeof(link), "%s/plan.yaml", path[0]);
	assert_int_equal(symlink("/nonexistent", link), 0);
	assert_int_equal(read_plain(), ADMIN_FAILED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names_are_those_of_the_contract),
		TEST(test_a_slash_at_the_end_changes_nothing),
		TEST(test_a_missing_folder_is_an_error),
		TEST(test_a_file_that_is_too_large),
		TEST(test_too_many_files),
		TEST(test_a_loop_of_links_ends),
		TEST(test_what_is_no_file_is_refused),
		TEST(test_a_file_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
