/*
 * What was found wrong in a file, kept in the order of the file.
 *
 * Messages quote what stood in the file, so they are made safe to print here,
 * at the one place through which all of them come: one line, of limited length.
 */
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

#define MESSAGE_MAX 500 /* bytes; longer ones are cut */

static void make_printable(char *message);
static bool is_after(struct yaml_place a, struct yaml_place b);
static bool is_same(const struct yaml_problem *problem, struct yaml_place place,
                    const char *message);
static struct yaml_problem **find_position(struct yaml_problems *problems,
                                           struct yaml_place place);

void yaml_problems_init(struct yaml_problems *problems, struct arena *arena)
{
	*problems = (struct yaml_problems){.arena = arena};
}

void yaml_problem(struct yaml_problems *problems, struct yaml_place place,
                  const char *format, ...)
{
	char message[MESSAGE_MAX + 8];
	struct yaml_problem *problem;
	struct yaml_problem **position;
	va_list args;

	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, a line above */
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	make_printable(message);
	for (problem = problems->first; problem != NULL; problem = problem->next)
		if (is_same(problem, place, message))
			return;

	if (problems->count++ >= YAML_PROBLEMS_MAX)
		return;
	problem = arena_new(problems->arena, struct yaml_problem);
	if (problem == NULL)
		return; /* it is counted, and that is all there is memory for */
	problem->place = place;
	problem->message = arena_strdup(problems->arena, message);
	if (problem->message == NULL)
		problem->message = _("有错误，但内存不足，无法说明");
	position = find_position(problems, place);
	problem->next = *position;
	*position = problem;
	if (problem->next == NULL)
		problems->last = problem;
}

static void make_printable(char *message)
{
	size_t len = utf8_cut(bytes_of_str(message), MESSAGE_MAX);

	if (message[len] != '\0')
		memcpy(message + len, "...", sizeof("..."));
	for (; *message != '\0'; message++)
		if ((*message > 0 && *message < ' ') || *message == 0x7f)
			*message = '?';
}

static bool is_same(const struct yaml_problem *problem, struct yaml_place place,
                    const char *message)
{
	return problem->place.line == place.line &&
	       problem->place.column == place.column &&
	       problem->place.file == place.file &&
	       strcmp(problem->message, message) == 0;
}

/* Behind everything that is not further down in the same file. */
static struct yaml_problem **find_position(struct yaml_problems *problems,
                                           struct yaml_place place)
{
	struct yaml_problem **position = &problems->first;

	while (*position != NULL && !is_after((*position)->place, place))
		position = &(*position)->next;
	return position;
}

static bool is_after(struct yaml_place a, struct yaml_place b)
{
	if (a.file == NULL || b.file == NULL || strcmp(a.file, b.file) != 0)
		return false;
	return a.line > b.line || (a.line == b.line && a.column > b.column);
}
