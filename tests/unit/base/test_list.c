/* The list: everything that waits (calls, queries, timers) waits in one. */
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct item {
	int number;
	struct list node;
};

static struct list list;
static struct item items[5];

static int set_up(void **state)
{
	(void)state;
	list_init(&list);
	for (int i = 0; i < 5; i++) {
		items[i].number = i;
		list_push(&list, &items[i].node);
	}
	return 0;
}

static int pop(void)
{
	struct list *node = list_pop(&list);

	return node == NULL ? -1 : list_entry(node, struct item, node)->number;
}

/* What came first is served first. */
static void test_first_in_first_out(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(pop(), i);
	assert_true(list_empty(&list));
	assert_int_equal(pop(), -1);
}

/* A request that is cancelled twice must not damage its neighbours. */
static void test_removed_twice_is_harmless(void **state)
{
	(void)state;
	list_remove(&items[2].node);
	list_remove(&items[2].node);
	assert_true(list_empty(&items[2].node));
	list_remove(&items[0].node);
	list_remove(&items[4].node);
	assert_int_equal(pop(), 1);
	list_push(&list, &items[2].node);
	assert_int_equal(pop(), 3);
	assert_int_equal(pop(), 2);
	assert_int_equal(pop(), -1);
}

static void test_each_in_order(void **state)
{
	int expected = 0;

	(void)state;
	list_for_each (node, &list)
		assert_int_equal(list_entry(node, struct item, node)->number, expected++);
	assert_int_equal(expected, 5);
}

static void test_each_may_be_removed_on_the_way(void **state)
{
	(void)state;
	list_for_each_safe (node, &list)
		if (list_entry(node, struct item, node)->number != 3)
			list_remove(node);
	assert_int_equal(pop(), 3);
	assert_true(list_empty(&list));
	list_for_each_safe (node, &list)
		fail_msg("an empty list has no items");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_first_in_first_out, set_up),
		cmocka_unit_test_setup(test_removed_twice_is_harmless, set_up),
		cmocka_unit_test_setup(test_each_in_order, set_up),
		cmocka_unit_test_setup(test_each_may_be_removed_on_the_way, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
