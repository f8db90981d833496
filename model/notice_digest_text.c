/*
 * The text of a digest:
 *
 *	group --> texts alike but for the section? --> one text that lists the sections
 *	      '-> sentences --> what all begin with --> a numbered list of what differs
 *	                    '-> sentences of all ----> said once, behind the list
 *
 * When that is too long for the reader's channel: one line for each, made of the titles.
 *
 * What can go wrong: no memory.
 */
#include "model/notice_digest_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/err.h"
#include "model/wording.h"

#define SENTENCES_MAX 24  /* of one text; what is more belongs to the last */
#define MARK_LEN      3   /* bytes of each of the marks below */
#define ENDING_MAX    200 /* bytes that a brief text keeps for its last lines */

struct sentences {
	struct bytes items[SENTENCES_MAX];
	size_t count;
};

static void say_fully(struct digesting *digesting, struct writer *out);
static bool has_one_address(const struct digesting *digesting);
static void say_heading(struct writer *out, size_t index,
                        const struct digest_group *group);
static void say_group(struct digesting *digesting, struct writer *out,
                      const struct digest_group *group, size_t shown, bool addressed);
static const char *merge(struct digesting *digesting, const struct digest_group *group);
static const char *without_section(struct digesting *digesting,
                                   const struct digest_item *item);
static const char *replaced(struct digesting *digesting, const char *text,
                            const char *from, const char *to);
static const char *list_sections(struct digesting *digesting,
                                 const struct digest_group *group);
static const char *compose(struct digesting *digesting, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void split(struct bytes text, struct sentences *ret);
static size_t sentence_length(struct bytes text);
static int depth_after(int depth, const uint8_t *at);
static size_t lead_in(const struct sentences *texts, size_t count);
static void say_list(struct writer *out, const struct digest_group *group, size_t shown,
                     const struct sentences *texts);
static bool is_shared(const struct sentences *texts, size_t count, struct bytes sentence);
static void say_shared(struct writer *out, const struct digest_group *group,
                       const struct sentences *texts);
static bool has_one_unit(const struct digest_group *group);
static void say_of_all(struct writer *out, struct bytes sentence);
static void say_briefly(const struct digesting *digesting, struct writer *out);
static void say(struct writer *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void say_bytes(struct writer *out, struct bytes text);

const char *digest_text(struct digesting *digesting, size_t size_max)
{
	char *text = arena_alloc(digesting->arena, size_max + 1);
	struct writer out;

	if (text == NULL)
		return NULL;
	writer_init(&out, text, size_max + 1);
	say_fully(digesting, &out);
	if (digesting->out_of_memory)
		return NULL;
	if (out.err < 0) {
		writer_init(&out, text, size_max + 1);
		say_briefly(digesting, &out);
	}
	if (out.len > 0 && text[out.len - 1] == '\n')
		text[out.len - 1] = '\0';
	return text;
}

static void say_fully(struct digesting *digesting, struct writer *out)
{
	bool once = has_one_address(digesting);
	size_t left = DIGEST_ITEMS_MAX;

	if (once && digesting->group_count > 1) {
		say_bytes(out, digesting->groups[0].address);
		say(out, "：\n");
	}
	for (size_t i = 0; i < digesting->group_count && left > 0; i++) {
		const struct digest_group *group = &digesting->groups[i];
		size_t shown = group->count < left ? group->count : left;

		if (digesting->group_count > 1)
			say_heading(out, i, group);
		say_group(digesting, out, group, shown,
		          once && digesting->group_count > 1);
		left -= shown;
	}
	if (digesting->count > DIGEST_ITEMS_MAX)
		say(out, "另有%zu项，见看板，或用 duban alerts list 查看。\n",
		    digesting->count - DIGEST_ITEMS_MAX);
}

static bool has_one_address(const struct digesting *digesting)
{
	for (size_t i = 1; i < digesting->group_count; i++) {
		if (!bytes_equal(digesting->groups[0].address,
		                 digesting->groups[i].address))
			return false;
	}
	return digesting->groups[0].address.len > 0;
}

static void say_heading(struct writer *out, size_t index,
                        const struct digest_group *group)
{
	char numeral[WORDING_MAX];

	wording_numeral(index + 1, numeral);
	say(out, "%s%s、", index > 0 ? "\n" : "", numeral);
	say_bytes(out, group->label);
	say(out, "（%zu项）\n", group->count);
}

/* The first @shown of them; all sentences that are shared are shared by all. */
static void say_group(struct digesting *digesting, struct writer *out,
                      const struct digest_group *group, size_t shown, bool addressed)
{
	struct sentences *texts =
		arena_new_array(digesting->arena, group->count, struct sentences);
	bool alone = group->count == 1;
	const char *merged = alone ? NULL : merge(digesting, group);
	struct bytes rest;

	digesting->out_of_memory = digesting->out_of_memory || texts == NULL;
	if (digesting->out_of_memory)
		return;
	if (alone || merged != NULL) {
		const char *text = alone ? group->items[0]->text : merged;

		(void)digest_address(text, &rest);
		say_bytes(out, addressed ? rest : bytes_of_str(text));
		say(out, "\n");
		return;
	}
	for (size_t i = 0; i < group->count; i++) {
		const char *text = group->items[i]->text;

		(void)digest_address(text, &rest);
		split(group->address.len > 0 ? rest : bytes_of_str(text), &texts[i]);
	}
	if (!addressed && group->address.len > 0) {
		say_bytes(out, group->address);
		say(out, "：");
	}
	say_list(out, group, shown, texts);
	say_shared(out, group, texts);
}

/* One unit's reports: one text that names the sections. NULL: they differ in more. */
static const char *merge(struct digesting *digesting, const struct digest_group *group)
{
	static const char missing[] = "目前未报";
	const struct digest_item *first = group->items[0];
	const char *text = without_section(digesting, first), *list, *end;
	size_t head;

	if (text == NULL || group->count > DIGEST_ITEMS_MAX)
		return NULL;
	for (size_t i = 1; i < group->count; i++) {
		const struct digest_item *item = group->items[i];
		const char *other;

		if (item->kind != first->kind || strcmp(item->unit, first->unit) != 0)
			return NULL;
		other = without_section(digesting, item);
		if (other == NULL || strcmp(text, other) != 0)
			return NULL;
	}
	end = strstr(text, "。");
	list = list_sections(digesting, group);
	if (end == NULL || list == NULL)
		return NULL;
	head = (size_t)(end - text);
	if (head > strlen(missing) &&
	    strncmp(end - strlen(missing), missing, strlen(missing)) == 0)
		return compose(digesting, "%.*s：%s%s", (int)head, text, list, end);
	return compose(digesting, "%.*s。%s：%s%s", (int)head, text, missing, list, end);
}

/* The text of a report's alert as it would be for any section; NULL for other alerts. */
static const char *without_section(struct digesting *digesting,
                                   const struct digest_item *item)
{
	char numeral[WORDING_MAX];
	const char *quoted, *lead, *text;

	if (item->kind != ALERT_REPORT_DUE_SOON && item->kind != ALERT_REPORT_OVERDUE)
		return NULL;
	wording_numeral(item->section_number, numeral);
	quoted = compose(digesting, "“%s、%s”", numeral, item->section);
	lead = compose(digesting, "，并报告%s。", item->lead);
	if (quoted == NULL || lead == NULL || strstr(item->text, quoted) == NULL)
		return NULL;
	text = replaced(digesting, item->text, quoted, "");
	return text != NULL ? replaced(digesting, text, lead, "，并报告牵头处室。")
	                    : NULL;
}

/* The first @from in @text, if there is one. */
static const char *replaced(struct digesting *digesting, const char *text,
                            const char *from, const char *to)
{
	const char *at = strstr(text, from);

	if (at == NULL)
		return text;
	return compose(digesting, "%.*s%s%s", (int)(at - text), text, to,
	               at + strlen(from));
}

static const char *list_sections(struct digesting *digesting,
                                 const struct digest_group *group)
{
	const char *list = "";

	for (size_t i = 0; i < group->count && list != NULL; i++) {
		char numeral[WORDING_MAX];

		wording_numeral(group->items[i]->section_number, numeral);
		list = compose(digesting, "%s%s%s、%s", list, i > 0 ? "；" : "", numeral,
		               group->items[i]->section);
	}
	return list;
}

/* Formatted into the arena. NULL: no memory, and that is remembered. */
static const char *compose(struct digesting *digesting, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(digesting->arena, format, args);
	va_end(args);
	if (text == NULL)
		digesting->out_of_memory = true;
	return text;
}

struct bytes digest_address(const char *text, struct bytes *ret_rest)
{
	const char *end = strstr(text, "：");

	*ret_rest = bytes_of_str(text);
	if (end == NULL)
		return bytes_of(NULL, 0);
	*ret_rest = bytes_of_str(end + MARK_LEN);
	return bytes_of(text, (size_t)(end - text));
}

static void split(struct bytes text, struct sentences *ret)
{
	ret->count = 0;
	while (text.len > 0 && ret->count < SENTENCES_MAX) {
		size_t len =
			ret->count + 1 < SENTENCES_MAX ? sentence_length(text) : text.len;

		ret->items[ret->count++] = bytes_of(text.data, len);
		text = bytes_of(text.data + len, text.len - len);
	}
}

/* Up to the first full stop that is not inside quotes or brackets. */
static size_t sentence_length(struct bytes text)
{
	int depth = 0;

	for (size_t i = 0; i + MARK_LEN <= text.len; i++) {
		depth = depth_after(depth, text.data + i);
		if (depth == 0 && memcmp(text.data + i, "。", MARK_LEN) == 0)
			return i + MARK_LEN;
	}
	return text.len;
}

static int depth_after(int depth, const uint8_t *at)
{
	if (memcmp(at, "“", MARK_LEN) == 0 || memcmp(at, "（", MARK_LEN) == 0)
		return depth + 1;
	if (memcmp(at, "”", MARK_LEN) == 0 || memcmp(at, "）", MARK_LEN) == 0)
		return depth - 1;
	return depth;
}

/* How many bytes all first sentences have in common, up to a comma or colon. */
static size_t lead_in(const struct sentences *texts, size_t count)
{
	struct bytes first = texts[0].items[0];
	size_t common = first.len, length = 0;
	int depth = 0;

	for (size_t i = 1; i < count; i++) {
		struct bytes other = texts[i].items[0];
		size_t at = 0;

		while (at < common && at < other.len && first.data[at] == other.data[at])
			at++;
		common = at;
	}
	for (size_t i = 0; i + MARK_LEN <= common; i++) {
		depth = depth_after(depth, first.data + i);
		if (depth == 0 && (memcmp(first.data + i, "，", MARK_LEN) == 0 ||
		                   memcmp(first.data + i, "：", MARK_LEN) == 0))
			length = i + MARK_LEN;
	}
	return length;
}

static void say_list(struct writer *out, const struct digest_group *group, size_t shown,
                     const struct sentences *texts)
{
	size_t lead = lead_in(texts, group->count);
	struct bytes words = bytes_of(texts[0].items[0].data, lead);

	if (lead > 0 && memcmp(words.data + lead - MARK_LEN, "：", MARK_LEN) == 0)
		words.len -= MARK_LEN;
	say_bytes(out, words);
	say(out, "下列%zu项：\n", group->count);
	for (size_t i = 0; i < shown; i++) {
		struct bytes first = texts[i].items[0];

		say(out, "%zu. ", i + 1);
		say_bytes(out, bytes_of(first.data + lead, first.len - lead));
		for (size_t j = 1; j < texts[i].count; j++) {
			if (!is_shared(texts, group->count, texts[i].items[j]))
				say_bytes(out, texts[i].items[j]);
		}
		say(out, "\n");
	}
}

/* Has every text this sentence, behind its first? */
static bool is_shared(const struct sentences *texts, size_t count, struct bytes sentence)
{
	for (size_t i = 0; i < count; i++) {
		bool has = false;

		for (size_t j = 1; j < texts[i].count && !has; j++)
			has = bytes_equal(texts[i].items[j], sentence);
		if (!has)
			return false;
	}
	return true;
}

/* A remark in brackets stands for itself. */
static void say_shared(struct writer *out, const struct digest_group *group,
                       const struct sentences *texts)
{
	bool any = false, one_unit = has_one_unit(group);

	for (size_t j = 1; j < texts[0].count; j++) {
		struct bytes sentence = texts[0].items[j];

		if (!is_shared(texts, group->count, sentence))
			continue;
		if (!any && (sentence.len < MARK_LEN ||
		             memcmp(sentence.data, "（", MARK_LEN) != 0))
			say(out, "以上各项：");
		if (one_unit)
			say_bytes(out, sentence);
		else
			say_of_all(out, sentence);
		any = true;
	}
	say(out, "%s", any ? "\n" : "");
}

static bool has_one_unit(const struct digest_group *group)
{
	for (size_t i = 1; i < group->count; i++) {
		if (strcmp(group->items[i]->unit, group->items[0]->unit) != 0)
			return false;
	}
	return true;
}

/* What was said of one unit, of several: "该单位" becomes "有关单位". */
static void say_of_all(struct writer *out, struct bytes sentence)
{
	static const char one[] = "该单位";
	const size_t len = strlen(one);
	const uint8_t *at;

	while ((at = memmem(sentence.data, sentence.len, one, len)) != NULL) {
		size_t before = (size_t)(at - sentence.data);

		say_bytes(out, bytes_of(sentence.data, before));
		say(out, "有关单位");
		sentence = bytes_of(at + len, sentence.len - before - len);
	}
	say_bytes(out, sentence);
}

/* As many lines as fit; @out has room for the ending in any case. */
static void say_briefly(const struct digesting *digesting, struct writer *out)
{
	size_t size = out->size, left = digesting->count, end;
	bool sample = false;

	out->size -= ENDING_MAX;
	for (size_t i = 0; i < digesting->group_count; i++) {
		const struct digest_group *group = &digesting->groups[i];

		end = out->len;
		if (digesting->group_count > 1)
			say_heading(out, i, group);
		for (size_t j = 0; j < group->count; j++) {
			sample = sample || group->items[j]->sample;
			say(out, "%zu. %s\n", j + 1, digest_line(group->items[j]));
			if (out->err == 0) {
				end = out->len;
				left--;
			}
		}
		out->len = end; /* no heading without a line */
	}
	out->size = size;
	out->err = 0;
	if (left > 0)
		say(out, "另有%zu项，见看板。", left);
	say(out, "全文用 duban alerts list 查看。（系统提醒%s）\n",
	    sample ? "，示例数据" : "");
}

/* Always ends in a NUL; what does not fit as a whole is left out. */
static void say(struct writer *out, const char *format, ...)
{
	size_t room = out->size - out->len;
	va_list args;
	int len;

	if (out->err < 0)
		return;
	va_start(args, format);
	len = vsnprintf((char *)out->data + out->len, room, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room) {
		out->data[out->len] = '\0';
		out->err = E_LIMIT;
		return;
	}
	out->len += (size_t)len;
}

static void say_bytes(struct writer *out, struct bytes text)
{
	say(out, "%.*s", (int)text.len, text.len > 0 ? (const char *)text.data : "");
}
