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
#include "base/text.h"
#include "base/utf8.h"

static bool is_allowed(uint32_t character);
static void note_fault(struct yaml_place place, uint8_t byte, bool is_byte,
                       uint32_t character, struct yaml_problems *problems);

/* clang-format off */
#define TAGS       N_("这里不支持标签：值一律是文本，以“!”开头的要加引号")
#define DIRECTIVES N_("一行不能以 % 开头：以“%”开头的文本要加引号")
#define ENCODING   N_("文件不是 UTF-8 编码：请另存为 UTF-8")

/* Every complaint of libyaml 0.2.5 about a text. */
static const struct {
	const char *libyaml, *plain;
} explanations[] = {
	{"found character that cannot start any token",
	 N_("值不能这样开头：缩进只能用空格，不能用 Tab；以 @、` 或 % 开头的文本要加引号")},
	{"mapping values are not allowed in this context",
	 N_("这里不能有“:”：文本里有半角冒号的要加引号；否则请检查缩进，以及上一行是否用了全角冒号")},
	{"mapping keys are not allowed in this context",
	 N_("这里不能有“?”：以“?”开头的文本要加引号")},
	{"block sequence entries are not allowed in this context",
	 N_("列表项（“- ”）不能写在这里：列表请另起一行")},
	{"could not find expected ':'",
	 N_("这一行缺少冒号：应写作“键: 值”，冒号用半角，后面空一格")},
	{"did not find expected key",
	 N_("与上下文对不上：请检查缩进，以及上一行的引号")},
	{"did not find expected '-' indicator",
	 N_("与所在的列表对不上：每项以“- ”开头，上下对齐")},
	{"did not find expected ',' or ']'",
	 N_("方括号里的列表没有写完：这里应为半角的“,”或“]”")},
	{"did not find expected ',' or '}'",
	 N_("花括号没有写完：这里应为半角的“,”或“}”")},
	{"did not find expected node content",
	 N_("这里缺少值：空文本写作 \"\"")},
	{"did not find expected <document start>",
	 N_("与上文接不上：一个文件只能是一组“键: 值”、一个列表或一段文本")},
	{"found unexpected end of stream",
	 N_("到文件结束，引号还没有闭合：请补上引号")},
	{"found unexpected document indicator",
	 N_("引号还没有闭合，就出现了以 --- 或 ... 开头的一行：请补上引号")},
	{"found unknown escape character",
	 N_("双引号里没有这种转义：反斜杠写作 \\\\，或改用单引号")},
	{"did not find expected hexdecimal number",
	 N_("转义缺少十六进制数字：应写作 \\xNN、\\uNNNN 或 \\UNNNNNNNN")},
	{"found invalid Unicode character escape code",
	 N_("没有这个编号的字符：最大为 10FFFF，且不能在 D800 至 DFFF 之间")},
	{"did not find expected comment or line break",
	 N_("这一行后面只能写注释：正文请另起一行")},
	{"found an indentation indicator equal to 0",
	 N_("“|”或“>”后面的缩进格数应为 1 至 9")},
	{"found a tab character where an indentation space is expected",
	 N_("缩进不能用 Tab：请用空格")},
	{"found a tab character that violates indentation",
	 N_("缩进不能用 Tab：请用空格")},
	{"did not find expected alphabetic or numeric character",
	 N_("以 & 或 * 开头的文本要加引号：这里不支持锚点和别名")},
	{"found unexpected ':'",
	 N_("含有半角冒号的文本要加引号")},
	{"found undefined tag handle", TAGS},
	{"did not find expected '!'", TAGS},
	{"did not find expected tag URI", TAGS},
	{"did not find the expected '>'", TAGS},
	{"did not find URI escaped octet", TAGS},
	{"found an incorrect leading UTF-8 octet", TAGS},
	{"found an incorrect trailing UTF-8 octet", TAGS},
	{"did not find expected whitespace or line break", TAGS},
	{"found unknown directive name", DIRECTIVES},
	{"could not find expected directive name", DIRECTIVES},
	{"found unexpected non-alphabetical character", DIRECTIVES},
	{"found extremely long version number", DIRECTIVES},
	{"did not find expected version number", DIRECTIVES},
	{"did not find expected digit or '.' character", DIRECTIVES},
	{"did not find expected whitespace", DIRECTIVES},
	{"found duplicate %YAML directive", DIRECTIVES},
	{"found duplicate %TAG directive", DIRECTIVES},
	{"found incompatible YAML document", DIRECTIVES},
	{"invalid leading UTF-8 octet", ENCODING},
	{"invalid trailing UTF-8 octet", ENCODING},
	{"incomplete UTF-8 octet sequence", ENCODING},
	{"invalid length of a UTF-8 sequence", ENCODING},
	{"invalid Unicode character", ENCODING},
	{"incomplete UTF-16 character", ENCODING},
	{"incomplete UTF-16 surrogate pair", ENCODING},
	{"unexpected low surrogate area", ENCODING},
	{"control characters are not allowed", ENCODING},
	{"input is too long", N_("文件过大")},
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
		             _("字节 0x%02X 不是 UTF-8 编码：请把文件另存为 UTF-8（不是 "
		               "GBK）"),
		             byte);
	else
		yaml_problem(problems, place,
		             _("不能有控制字符 U+%04X：请删去，或在双引号里写成转义"),
		             character);
}

const char *yaml_text_explain(const char *libyaml_problem)
{
	for (size_t i = 0; libyaml_problem != NULL && i < ARRAY_LEN(explanations); i++)
		if (strcmp(explanations[i].libyaml, libyaml_problem) == 0)
			return _(explanations[i].plain);
	return _("不符合 YAML 的写法");
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
