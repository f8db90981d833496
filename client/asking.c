/* How requests, their states and what they contest are called. */
#include "client/asking.h"

#include <string.h>

#include "base/text.h"

struct word {
	const char *zh, *key;
};

static const struct word kinds[] = {{"", ""},
                                    {N_("延期"), "extension"},
                                    {N_("申辩"), "contest"},
                                    {N_("补报（更正）"), "consent"}};
static const struct word states[] = {{"", ""},
                                     {N_("待批"), "open"},
                                     {N_("同意"), "granted"},
                                     {N_("不同意"), "refused"},
                                     {N_("已撤回"), "withdrawn"}};

static const struct word *choose(const struct word *words, size_t count, int value)
{
	return &words[value > 0 && (size_t)value < count ? value : 0];
}

static int find(const struct word *words, size_t count, const char *word)
{
	for (size_t i = 1; i < count; i++)
		if (strcmp(words[i].zh, word) == 0 || strcmp(words[i].key, word) == 0)
			return (int)i;
	return 0;
}

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

const char *asking_kind_word(int kind)
{
	const char *word = choose(kinds, COUNT(kinds), kind)->zh;

	return word[0] != '\0' ? _(word) : "";
}

const char *asking_kind_key(int kind)
{
	return choose(kinds, COUNT(kinds), kind)->key;
}

int asking_kind_find(const char *word)
{
	return find(kinds, COUNT(kinds), word);
}

const char *asking_state_word(int state)
{
	const char *word = choose(states, COUNT(states), state)->zh;

	return word[0] != '\0' ? _(word) : "";
}

const char *asking_state_key(int state)
{
	return choose(states, COUNT(states), state)->key;
}

int asking_state_find(const char *word)
{
	return find(states, COUNT(states), word);
}

const char *asking_subject(struct arena *arena, const char *subject)
{
	const char *about;

	switch (request_contest(subject, &about)) {
	case CONTEST_LATE:
		return arena_printf(arena, _("迟报（回执 %s）"), about);
	case CONTEST_RETURN:
		return arena_printf(arena, _("退回（回执 %s）"), about);
	case CONTEST_SCORE:
		return arena_printf(arena, _("考核（%s）"), about);
	case CONTEST_NONE:
		break;
	}
	return subject;
}
