/* Request memory: without its limit one request could take the server's memory. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

static void test_pieces_are_zeroed_aligned_and_apart(void **state)
{
	uint8_t *pieces[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		pieces[i] = arena_alloc(&arena, i);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		for (size_t j = 0; j < i; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)i, i);
	}
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		for (size_t j = 0; j < i; j++)
			assert_int_equal(pieces[i][j], i);
}

/* A hostile request must end in E_NOMEM, however it cuts its pieces. */
static void test_limit_holds_for_every_size(void **state)
{
	static const size_t sizes[] = {1, 16, 100, 1000, 5000, 70000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct arena small;
		size_t given = 0;

		arena_init(&small, 100000);
		while (arena_alloc(&small, sizes[i]) != NULL) {
			given += sizes[i];
			assert_true(given <= 100000);
		}
		assert_true(small.used <= small.limit);
		/* what is left must not be wasted either */
		assert_true(given * 16 >= 100000 / 2);
		arena_finish(&small);
	}
}

static void test_all_of_the_limit_can_be_had_at_once(void **state)
{
	struct arena small;

	(void)state;
	arena_init(&small, 4096);
	assert_null(arena_alloc(&small, 4097));
	assert_non_null(arena_alloc(&small, 4096));
	assert_non_null(arena_alloc(&small, 0));
	assert_null(arena_alloc(&small, 1));
	arena_finish(&small);
}

/* A size from the wire, multiplied, must not wrap round to a small one. */
static void test_huge_sizes_are_refused(void **state)
{
	(void)state;
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX - 15));
	assert_null(arena_array(&arena, SIZE_MAX / 2, 3));
	assert_null(arena_strndup(&arena, "", SIZE_MAX));
	assert_int_equal(arena.used, 0);
}

static void test_finished_arena_can_be_used_again(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_non_null(arena_alloc(&arena, 1 << 19));
		arena_finish(&arena);
	}
	assert_int_equal(arena.used, 0);
	assert_non_null(arena_new(&arena, struct arena));
}

/* Lent memory is used first, zeroed like any other, and is not freed. */
static void test_lent_memory_comes_first(void **state)
{
	alignas(max_align_t) uint8_t memory[256];
	uint8_t *first, *second;

	(void)state;
	memset(memory, 0xff, sizeof(memory));
	arena_init(&arena, 4096);
	arena_lend(&arena, memory, sizeof(memory));
	first = arena_alloc(&arena, 64);
	second = arena_alloc(&arena, 1000);
	assert_true(first > memory && first + 64 <= memory + sizeof(memory));
	assert_int_equal(first[63], 0);
	assert_non_null(second);
	assert_false(second >= memory && second < memory + sizeof(memory));
	arena_finish(&arena);
	assert_null(arena.blocks);
}

static void test_copies_end_in_nul(void **state)
{
	const uint8_t raw[] = {1, 0, 2};
	struct bytes copy = arena_copy(&arena, bytes_of(raw, 3));

	(void)state;
	assert_memory_equal(copy.data, "\1\0\2", 4);
	assert_string_equal(arena_strdup(&arena, "望城"), "望城");
	assert_string_equal(arena_strndup(&arena, "abc", 2), "ab");
	assert_string_equal(arena_strndup(&arena, NULL, 0), "");
	assert_string_equal(arena_printf(&arena, "%s-%d", "w", 41), "w-41");
}

static void test_copies_without_memory_are_null(void **state)
{
	struct arena none;

	(void)state;
	arena_init(&none, 0);
	assert_null(arena_strdup(&none, "x"));
	assert_null(arena_printf(&none, "%d", 1));
	assert_null(arena_copy(&none, bytes_of("x", 1)).data);
	arena_finish(&none);
}

static void test_grown_array_keeps_its_items(void **state)
{
	size_t capacity = 0, count;
	int *items = NULL;

	(void)state;
	for (count = 0; count < 1000; count++) {
		items = arena_grow(&arena, items, count, &capacity, sizeof(*items));
		assert_non_null(items);
		assert_true(capacity > count);
		items[count] = (int)count;
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(items[i], i);
}

/* The caller still has its items when there is no room for more. */
static void test_array_that_cannot_grow_is_left_alone(void **state)
{
	size_t capacity = 0, count = 0;
	struct arena small;
	uint64_t *items = NULL;

	(void)state;
	arena_init(&small, 2000);
	for (;;) {
		uint64_t *more =
			arena_grow(&small, items, count, &capacity, sizeof(*items));

		if (more == NULL)
			break;
		items = more;
		items[count] = count;
		count++;
	}
	assert_int_equal(capacity, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(items[i], i);
	arena_finish(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lent_memory_comes_first),
		cmocka_unit_test_setup_teardown(test_pieces_are_zeroed_aligned_and_apart,
	                                        set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_limit_holds_for_every_size, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(test_all_of_the_limit_can_be_had_at_once,
	                                        set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_huge_sizes_are_refused, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(test_finished_arena_can_be_used_again,
	                                        set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_copies_end_in_nul, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(test_copies_without_memory_are_null,
	                                        set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_grown_array_keeps_its_items, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(test_array_that_cannot_grow_is_left_alone,
	                                        set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
