/* Any value: one line that a reader of logfmt splits again into the same fields. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fields that begin outside quotes: what a forged one would add to. */
static size_t count_fields(const char *line)
{
	bool quoted = false;
	size_t count = 0;

	for (; *line != '\0'; line++) {
		CHECK((unsigned char)*line >= ' ' && *line != 0x7f);
		if (quoted && *line == '\\')
			line++;
		else if (*line == '"')
			quoted = !quoted;
		else if (*line == '=' && !quoted)
			count++;
		CHECK(*line != '\0');
	}
	CHECK(!quoted);
	return count;
}

/* The first two bytes are the size of the line, the rest is the value. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[LOG_LINE_MAX], value[2 * LOG_LINE_MAX] = "";
	size_t room = LOG_LINE_MAX, len;
	struct log_field fields[4] = {0};

	if (size >= 2)
		room = 1 + ((size_t)data[0] << 8 | data[1]) % LOG_LINE_MAX;
	if (size > 2)
		memcpy(value, data + 2,
		       size - 2 < sizeof(value) ? size - 2 : sizeof(value) - 1);
	fields[0] = log_str("value", value);
	fields[1] = log_int("number", -1);
	fields[2] = log_hex("hex", bytes_of_str(value));
	len = log_format(line, room, 0, LOG_INFO, "event", fields);
	CHECK(len < room && strlen(line) == len);
	CHECK(utf8_valid(bytes_of(line, len)));
	CHECK(count_fields(line) <= 3);
	return 0;
}
