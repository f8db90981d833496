/*
 * Findings, kept in the order in which they were found.
 *
 * What can go wrong: more than FINDINGS_MAX, or no memory. Both are still counted, so
 * that a report is never taken because the reason against it could not be kept.
 */
#include "model/finding.h"

#include "base/err.h"

static bool refuses(const struct finding *finding);
static void keep(struct findings *findings, const struct finding *finding);
static const char *copy(struct findings *findings, const char *text);

void findings_init(struct findings *findings, struct arena *arena)
{
	*findings = (struct findings){.arena = arena};
}

void findings_add(struct findings *findings, const struct finding *finding)
{
	if (findings->count < FINDINGS_MAX)
		keep(findings, finding);
	findings->count++;
	findings->refusals += refuses(finding);
}

static bool refuses(const struct finding *finding)
{
	return finding->severity == SEVERITY_REFUSAL ||
	       (finding->severity == SEVERITY_REASON && !finding->answered);
}

static void keep(struct findings *findings, const struct finding *finding)
{
	struct finding *kept = arena_new(findings->arena, struct finding);

	if (kept == NULL) {
		findings->out_of_memory = true;
		return;
	}
	*kept = (struct finding){
		.rule = copy(findings, finding->rule),
		.severity = finding->severity,
		.field = copy(findings, finding->field),
		.found = copy(findings, finding->found),
		.allowed = copy(findings, finding->allowed),
		.text = copy(findings, finding->text),
		.answered = finding->answered,
	};
	if (findings->last == NULL)
		findings->first = kept;
	else
		findings->last->next = kept;
	findings->last = kept;
}

/* A string that there was no memory for becomes empty: readers never meet NULL. */
static const char *copy(struct findings *findings, const char *text)
{
	const char *kept = text == NULL ? "" : arena_strdup(findings->arena, text);

	if (kept != NULL)
		return kept;
	findings->out_of_memory = true;
	return "";
}

/* A refusal stands whatever else was lost. */
int findings_result(const struct findings *findings)
{
	if (findings->refusals > 0)
		return E_REFUSED;
	return findings->out_of_memory ? E_NOMEM : 0;
}

const char *findings_first(const struct findings *findings)
{
	const struct finding *finding = findings->first;
	const char *line;

	if (findings->refusals == 0)
		return "";
	while (finding != NULL && !refuses(finding))
		finding = finding->next;
	if (finding == NULL)
		return "refused; the findings did not fit into memory";
	/* Not about a value, or nothing else is allowed: the sentence says it. */
	if (finding->found[0] == '\0' || finding->allowed[0] == '\0')
		line = arena_printf(findings->arena, "%s %s %s", finding->rule,
		                    finding->field, finding->text);
	else
		line = arena_printf(findings->arena, "%s %s %s (%s)", finding->rule,
		                    finding->field, finding->found, finding->allowed);
	return line != NULL ? line : finding->rule;
}
