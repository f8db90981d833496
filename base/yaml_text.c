/*
 * The text of a YAML file: characters that may not be in it, and what libyaml's
 * complaints mean to somebody who did not write a parser.
 *
 * libyaml stops at the first bad byte and counts it by offset; a person wants
 * all of them, by line.
 */
#include "base/yaml_text.h"

#include <string.h>

#include "base/check.h"
#include "base/utf8.h"

static bool is_allowed(uint32_t character);
static void note_fault(struct yaml_place place, uint8_t byte, bool is_byte,
                       uint32_t character, struct yaml_problems *problems);

/* clang-format off */
static const struct {
	const char *libyaml, *plain;
} explanations[] = {
	{"found character that cannot start any token",
	 "a value cannot begin so; indent with spaces, not tabs, and put a value in quotes "
	 "if it begins with @, ` or %"},
	{"mapping values are not allowed in this context",
	 "a \":\" does not fit here; put the text in quotes if it contains one, else check "
	 "the indentation"},
	{"mapping keys are not allowed in this context",
	 "a \"?\" does not fit here; put the text in quotes if it begins with one"},
	{"block sequence entries are not allowed in this context",
	 "a list item (\"- \") does not fit here; begin the list on a line of its own"},
	{"could not find expected ':'",
	 "a \":\" is missing; a line in a map reads \"key: value\""},
	{"did not find expected key",
	 "this does not fit the map around it; check the indentation, and quotes in the "
	 "line above"},
	{"did not find expected '-' indicator",
	 "this does not fit the list around it; items begin with \"- \" in one column"},
	{"did not find expected ',' or ']'",
	 "a list in brackets is not closed before this; expected \",\" or \"]\""},
	{"did not find expected ',' or '}'",
	 "a map in braces is not closed before this; expected \",\" or \"}\""},
	{"did not find expected node content",
	 "a value is missing here; write \"\" for an empty text"},
	{"did not find expected <document start>",
	 "this does not belong to what stands above; a file holds one map, or one list, or "
	 "one text"},
	{"found unexpected end of stream",
	 "the file ends inside a text in quotes; close the quotes"},
	{"found unexpected document indicator",
	 "a line with --- or ... stands inside a text in quotes; close the quotes"},
	{"found unknown escape character",
	 "unknown escape in double quotes; write \\\\ for a backslash, or use single quotes"},
	{"did not find expected hexdecimal number",
	 "hexadecimal digits are missing; escapes are \\xNN, \\uNNNN and \\UNNNNNNNN"},
	{"found invalid Unicode character escape code",
	 "this escape is no character; up to 10FFFF are, without D800 to DFFF"},
	{"did not find expected comment or line break",
	 "nothing but a comment may follow here; put the text on the next line"},
	{"found a tab character where an indentation space is expected",
	 "a tab cannot indent; use spaces"},
	{"found a tab character that violates indentation",
	 "a tab cannot indent; use spaces"},
	{"did not find expected alphabetic or numeric character",
	 "put the text in quotes if it begins with & or *; anchors and aliases are not "
	 "allowed"},
	{"found unexpected ':'",
	 "put the text in quotes if it contains a \":\""},
	{"found unknown directive name",
	 "a line cannot begin with %; put the text in quotes"},
	{"found undefined tag handle",
	 "a tag is not allowed; every value is text, put it in quotes if it begins with "
	 "\"!\""},
};
/* clang-format on */

struct bytes yaml_text_skip_mark(struct bytes text)
{
	if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		return bytes_of(text.data + 3, text.len - 3);
	return text;
}

void yaml_text_check(const char *file, struct bytes text, struct yaml_problems *problems)
{
	struct yaml_place place = {.file = file, .line = 1, .column = 1};
	bool noted = false;

	while (text.len > 0) {
		uint32_t character = 0;
		size_t len = utf8_first(text, &character);

		if (!noted && (len == 0 || !is_allowed(character))) {
			note_fault(place, text.data[0], len == 0, character, problems);
			noted = true;
		}
		place.column++;
		if (character == '\n') {
			place.line++;
			place.column = 1;
			noted = false;
		}
		len += len == 0; /* past the one bad byte */
		text = bytes_of(text.data + len, text.len - len);
	}
}

/* What YAML calls printable; also all that libyaml accepts. */
static bool is_allowed(uint32_t character)
{
	if (character < ' ')
		return character == '\t' || character == '\n' || character == '\r';
	return character < 0x7f || character == 0x85 ||
	       (character >= 0xa0 && character <= 0xfffd && character != 0xfeff) ||
	       character >= 0x10000;
}

static void note_fault(struct yaml_place place, uint8_t byte, bool is_byte,
                       uint32_t character, struct yaml_problems *problems)
{
	if (is_byte)
		yaml_problem(problems, place,
		             "the byte 0x%02X is not UTF-8; save the file as UTF-8",
		             byte);
	else
		yaml_problem(problems, place,
		             "the control character U+%04X is not allowed; remove it, or "
		             "write it as an escape in double quotes",
		             character);
}

const char *yaml_text_explain(const char *libyaml_problem)
{
	if (libyaml_problem == NULL)
		return "not readable as YAML";
	for (size_t i = 0; i < ARRAY_LEN(explanations); i++)
		if (strcmp(explanations[i].libyaml, libyaml_problem) == 0)
			return explanations[i].plain;
	return libyaml_problem;
}

bool yaml_text_has_opening(const char *libyaml_context)
{
	return libyaml_context != NULL &&
	       (strstr(libyaml_context, "quoted scalar") != NULL ||
	        strstr(libyaml_context, "flow") != NULL);
}

bool yaml_text_is_key(const char *libyaml_context)
{
	return libyaml_context != NULL && strstr(libyaml_context, "simple key") != NULL;
}
