/* Who is told, as arrays for unnest. What can go wrong: no memory. */
#include "server/store_told.h"

#include "base/err.h"
#include "server/contact.h"

int told_put(struct arena *arena, const struct told *told, size_t count,
             struct pg_param *params)
{
	int64_t *levels = arena_new_array(arena, count, int64_t);
	const char **texts = arena_new_array(arena, 3 * count, const char *);

	if (levels == NULL || texts == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		levels[i] = told[i].level;
		texts[i] = told[i].recipient;
		texts[count + i] = told[i].title;
		texts[2 * count + i] = told[i].text;
	}
	params[0] = pg_param_integer_array(arena, levels, count);
	for (size_t column = 0; column < 3; column++)
		params[1 + column] =
			pg_param_text_array(arena, texts + column * count, count);
	return 0;
}

int told_put_contacts(struct arena *arena, const struct contact *contacts, size_t count,
                      struct pg_param *params)
{
	const char **texts = arena_new_array(arena, 3 * count, const char *);

	if (texts == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		texts[i] = contacts[i].recipient;
		texts[count + i] = contact_channel(&contacts[i]);
		texts[2 * count + i] = contact_address(&contacts[i]);
	}
	for (size_t column = 0; column < 3; column++)
		params[column] =
			pg_param_text_array(arena, texts + column * count, count);
	return 0;
}
