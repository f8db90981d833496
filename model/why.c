/* One sentence for people about what just went wrong. */
#include "model/why.h"

#include <stdarg.h>
#include <stdio.h>

#include <openssl/err.h>

#define SENTENCE_MAX 512

int why_set(const char **ret_why, int err, const char *format, ...)
{
	static _Thread_local char sentence[SENTENCE_MAX];
	va_list args;

	if (ret_why == NULL)
		return err;
	va_start(args, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	*ret_why = sentence;
	return err;
}

const char *why_openssl(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason != NULL ? reason : "";
}
