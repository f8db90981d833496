/* How kinds, states and acts of problems are called. */
#include "client/problem_words.h"

#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"

struct word {
	const char *zh, *key;
};

static const struct word kinds[] = {{"", ""},
                                    {N_("限期整改"), "limited"},
                                    {N_("持续整改"), "ongoing"}};
static const struct word states[] = {{"", ""},
                                     {N_("整改中"), "open"},
                                     {N_("已申请销号"), "asked"},
                                     {N_("已销号"), "closed"}};
static const struct word acts[] = {
	{"", ""},
	{N_("登记"), "registered"},
	{N_("整改进展"), "noted"},
	{N_("申请销号"), "asked"},
	{N_("退办"), "sent_back"},
	{N_("销号"), "closed"},
	{N_("调整"), "changed"},
};

static const char *choose(const struct word *words, size_t count, int number, bool key)
{
	size_t index = number < 0 || (size_t)number >= count ? 0 : (size_t)number;

	return key ? words[index].key : _(words[index].zh);
}

static int find(const struct word *words, size_t count, const char *word)
{
	for (size_t i = 1; i < count; i++)
		if (strcmp(word, words[i].key) == 0 || strcmp(word, words[i].zh) == 0 ||
		    strcmp(word, _(words[i].zh)) == 0)
			return (int)i;
	return 0;
}

const char *problem_kind_word(int kind, bool key)
{
	return choose(kinds, ARRAY_LEN(kinds), kind, key);
}

const char *problem_state_word(int state, bool key)
{
	return choose(states, ARRAY_LEN(states), state, key);
}

const char *problem_act_word(int act, bool key)
{
	return choose(acts, ARRAY_LEN(acts), act, key);
}

int problem_kind_find(const char *word)
{
	return find(kinds, ARRAY_LEN(kinds), word);
}

int problem_state_find(const char *word)
{
	return find(states, ARRAY_LEN(states), word);
}
