/* Rules of form for signed statements: D-01 to D-11, of which no plan knows. For model/
 * only. What is wrong is added to the findings, each as a refusal. */
#ifndef DUBAN_MODEL_FORM_H
#define DUBAN_MODEL_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/finding.h"

struct wire_fault;
struct Duban__V1__Person;

#define FORM_ASK_SUPPORT "请升级或检查报送程序后重新报送。"
#define FORM_FOUND_MAX   64 /* bytes of somebody's wrong id that are shown again */

/* What is allowed in a text. */
struct form_text {
	size_t max; /* characters */
	bool lines; /* line breaks and tabs */
};

/* Bytes that are too many, or no canonical message of @payload_type. */
void form_too_large(struct findings *findings, size_t len, size_t max);
void form_fault(struct findings *findings, const struct wire_fault *fault,
                const char *payload_type);
void form_id(struct findings *findings, const char *field, const char *id);
bool form_is_id(const char *id);
void form_text(struct findings *findings, const char *field, const char *text,
               struct form_text rule);
/* NULL is nobody: who must be named is for others to say. */
void form_person(struct findings *findings, const char *role,
                 const struct Duban__V1__Person *person);
void form_time(struct findings *findings, const char *field, int64_t at);

/* One refusal; its sentence carries field, found and allowed, for those who see nothing
 * else. */
void form_refuse(struct findings *findings, const char *rule, const char *field,
                 const char *found, const char *allowed, const char *text);
/* Never NULL: a refusal stands even when there is no memory for its words. */
const char *form_say(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
