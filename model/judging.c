/*
 * Findings in whole sentences: what was found, the rule, and what to do.
 *
 *	facts + "审核关系：" rule (severity, id, basis) + causes + what is asked of the
 *reporter
 */
#include "model/judging.h"

#include <string.h>

#include "base/utf8.h"
#include "model/wording.h"

#define REASON_SHOWN_MAX 180 /* bytes of a reason that a finding shows: 60 characters */

static const char *what_next(struct judging *judging, const struct plan_rule *rule,
                             const struct finding *finding, const char *reason);
static const char *shortened(struct judging *judging, const char *reason);

const char *judging_say(struct judging *judging, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(judging->findings->arena, format, args);
	va_end(args);
	if (text != NULL)
		return text;
	judging->findings->out_of_memory = true;
	return "";
}

const char *judging_quote(struct judging *judging, const char *name)
{
	const char *quoted = wording_quoted(judging->findings->arena, name);

	if (quoted != NULL)
		return quoted;
	judging->findings->out_of_memory = true;
	return "";
}

void judging_form(struct judging *judging, enum form form, struct finding draft)
{
	static const struct {
		const char *id;
		enum severity severity;
		const char *text;
	} table[] = {
#define ROW(name, id, severity, text) [name] = {id, severity, text},
		FORM_TABLE(ROW)
#undef ROW
	};

	draft.rule = table[form].id;
	draft.severity = table[form].severity;
	draft.text = judging_say(judging, "%s审核关系：%s（%s %s）。", draft.text,
	                         table[form].text, wording_severity(draft.severity),
	                         draft.rule);
	findings_add(judging->findings, &draft);
}

void judging_rule(struct judging *judging, const struct plan_rule *rule,
                  struct finding draft, const char *reason)
{
	bool has_causes = rule->causes != NULL && rule->causes[0] != '\0';
	bool has_basis = rule->basis != NULL && rule->basis[0] != '\0';

	draft.rule = rule->id;
	draft.severity = rule->severity;
	draft.answered = rule->severity == SEVERITY_REASON && !text_is_blank(reason);
	draft.text =
		judging_say(judging, "%s审核关系：%s（%s %s%s%s）。%s%s%s%s", draft.text,
	                    rule->text, wording_severity(rule->severity), rule->id,
	                    has_basis ? "，依据" : "", has_basis ? rule->basis : "",
	                    has_causes ? "可能原因：" : "",
	                    has_causes ? rule->causes : "", has_causes ? "。" : "",
	                    what_next(judging, rule, &draft, reason));
	findings_add(judging->findings, &draft);
}

static const char *what_next(struct judging *judging, const struct plan_rule *rule,
                             const struct finding *finding, const char *reason)
{
	if (rule->severity == SEVERITY_REFUSAL)
		return "";
	if (rule->severity == SEVERITY_NOTICE)
		return "请关注。";
	if (finding->answered)
		return judging_say(judging, "已填写说明：%s。",
		                   judging_quote(judging, shortened(judging, reason)));
	return "如情况属实，请填写说明并经负责人审签，填写后即可报送。";
}

/* The report holds the whole of it; the receipt need not repeat it. */
static const char *shortened(struct judging *judging, const char *reason)
{
	struct bytes whole = bytes_of_str(reason);
	size_t len = utf8_cut(whole, REASON_SHOWN_MAX);

	return len == whole.len ? reason
	                        : judging_say(judging, "%.*s……", (int)len, reason);
}

const char *judging_path(struct judging *judging, const char *indicator)
{
	return judging_say(judging, "figures[%s].value", indicator);
}

const struct figure *judging_figure(const struct judging *judging,
                                    const struct plan_indicator *indicator)
{
	return figures_find(judging->report->figures, judging->report->figure_count,
	                    indicator);
}

const struct figure *figures_find(const struct figure *figures, size_t count,
                                  const struct plan_indicator *indicator)
{
	for (size_t i = 0; i < count; i++) {
		const struct quantity *value = &figures[i].value;

		if (strcmp(figures[i].indicator, indicator->id) != 0)
			continue;
		if (value->unit == NULL || !unit_comparable(value->unit, indicator->unit))
			return NULL;
		return quantity_check(value->digits, value->scale) == 0 ? &figures[i]
		                                                        : NULL;
	}
	return NULL;
}

const struct plan_allocation *judging_task(const struct judging *judging,
                                           const struct plan_target *target)
{
	return judging->unit == NULL ? NULL
	                             : plan_task_on(target, judging->unit, judging->on);
}

bool text_is_blank(const char *text)
{
	static const char wide_space[] = "　";
	const size_t len = sizeof(wide_space) - 1;

	if (text == NULL)
		return true;
	while (*text != '\0') {
		if (strchr(" \t\r\n", *text) != NULL)
			text++;
		else if (strncmp(text, wide_space, len) == 0)
			text += len;
		else
			return false;
	}
	return true;
}
