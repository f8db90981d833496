/* CHECK and AUTO: a bug must stop the program and say where; an owner must free. */
#include "base/check.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/auto.h"

struct thing {
	unsigned magic;
#define THING_MAGIC 0x7e571e57U
	int before, inner, after;
};

static void fail_false(void)
{
	volatile int two = 2;

	CHECK(two == 3);
}

static void fail_null(void)
{
	const struct thing *volatile none = NULL;
	const struct thing *thing = none;

	CHECK_MAGIC(thing, THING_MAGIC);
}

static void fail_magic(void)
{
	struct thing other = {.magic = 1};
	struct thing *thing = &other;

	CHECK_MAGIC(thing, THING_MAGIC);
}

/* Run @failing in a process of its own; it must abort and print @said. */
static void assert_aborts(void (*failing)(void), const char *said)
{
	char printed[256] = "";
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGABRT, SIG_DFL);
		(void)dup2(ends[1], STDERR_FILENO);
		failing();
		_exit(0);
	}
	(void)close(ends[1]);
	assert_true(read(ends[0], printed, sizeof(printed) - 1) > 0);
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(printed, "test_check.c:"));
	assert_non_null(strstr(printed, said));
}

static void test_a_bug_stops_the_program_and_says_where(void **state)
{
	(void)state;
	assert_aborts(fail_false, "CHECK(two == 3) failed");
	assert_aborts(fail_null, "failed");
	assert_aborts(fail_magic, "failed");
}

static void test_what_is_true_goes_on(void **state)
{
	struct thing thing = {.magic = THING_MAGIC};
	struct thing *found = container_of(&thing.inner, struct thing, inner);

	(void)state;
	CHECK(found == &thing);
	CHECK_MAGIC(found, THING_MAGIC);
	assert_int_equal(ARRAY_LEN(((struct thing[]){thing, thing, thing})), 3);
}

static int destroyed;

static void thing_destroy(struct thing *thing)
{
	destroyed++;
	free(thing);
}

DEFINE_AUTO(thing_freep, struct thing, thing_destroy)

static struct thing *make(int keep)
{
	AUTO(thing_freep) struct thing *thing = calloc(1, sizeof(*thing));
	AUTO(thing_freep) struct thing *none = NULL;

	(void)none;
	return keep ? TAKE(thing) : NULL;
}

/* Otherwise: a leak on each early return, or a use of what is freed. */
static void test_an_owner_frees_unless_it_gave_away(void **state)
{
	struct thing *thing;

	(void)state;
	destroyed = 0;
	assert_null(make(0));
	assert_int_equal(destroyed, 1);
	thing = make(1);
	assert_non_null(thing);
	assert_int_equal(destroyed, 1);
	thing_destroy(thing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bug_stops_the_program_and_says_where),
		cmocka_unit_test(test_what_is_true_goes_on),
		cmocka_unit_test(test_an_owner_frees_unless_it_gave_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
