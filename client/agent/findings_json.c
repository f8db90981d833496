/* Findings as JSON. */
#include "client/agent/findings_json.h"

#include <stdlib.h>

static json_t *finding_to_json(const struct finding *finding)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "rule",
	                 finding->rule != NULL ? finding->rule : "", "severity",
	                 findings_severity(finding->severity), "field",
	                 finding->field != NULL ? finding->field : "", "found",
	                 finding->found != NULL ? finding->found : "", "allowed",
	                 finding->allowed != NULL ? finding->allowed : "", "text",
	                 finding->text != NULL ? finding->text : "", "answered",
	                 (int)finding->answered);
}

json_t *findings_to_json(const struct finding *first)
{
	json_t *array = json_array();

	for (const struct finding *f = first; f != NULL && array != NULL; f = f->next)
		if (json_array_append_new(array, finding_to_json(f)) != 0) {
			json_decref(array);
			array = NULL;
		}
	return array;
}

json_t *problems_to_json(const struct yaml_problems *problems)
{
	json_t *array = json_array();

	for (const struct yaml_problem *p = problems->first; p != NULL && array != NULL;
	     p = p->next) {
		json_t *one = json_pack("{s:s, s:i, s:i, s:s}", "severity", "refusal",
		                        "line", (int)p->place.line, "column",
		                        (int)p->place.column, "text", p->message);

		if (json_array_append_new(array, one) != 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

const char *findings_dump(struct arena *arena, const struct finding *first)
{
	json_t *array = findings_to_json(first);
	char *text = array != NULL ? json_dumps(array, JSON_COMPACT) : NULL;
	const char *copy = text != NULL ? arena_strdup(arena, text) : NULL;

	free(text);
	json_decref(array);
	return copy;
}

json_t *findings_load(const char *text)
{
	json_t *array = json_loads(text, 0, NULL);

	if (json_is_array(array))
		return array;
	json_decref(array);
	return json_array();
}

const char *findings_severity(enum severity severity)
{
	switch (severity) {
	case SEVERITY_REFUSAL:
		return "refusal";
	case SEVERITY_REASON:
		return "reason";
	default:
		return "notice";
	}
}
