/*
 * duban-agent request extension|contest|consent|withdraw:
 *
 *	words -> connect, plan ~ ~> (contest: which report? ~ ~>) -> request -> check form
 *	      -> sign -> Ask ~ ~> number, and by when the bureau should answer
 *
 * A request is asked of the centre at once and is not queued: whoever asks for time must
 * know that it was asked in time. What can go wrong, and who has to act:
 *
 *  - The centre is away (exit 1): nothing was asked; the reporter tries again, or calls.
 *  - Refused, here or there (exit 3): the sentences say what is possible.
 *  - The answer was lost: asking again says that the same is asked, under which number.
 */
#include "client/agent/request.h"

#include <duban/v1/requests.pb-c.h>
#include <duban/v1/reviews.pb-c.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "client/agent/ask_centre.h"
#include "client/agent/outcome.h"
#include "client/agent/signing.h"
#include "client/asking.h"
#include "model/request.h"
#include "model/wire.h"

#define WAIT_MS 30000

static struct {
	char *until, *reason, *approved_by, *filled_by;
} options;

/* clang-format off */
const struct poptOption request_options[] = {
	{"until", 'u', POPT_ARG_STRING, &options.until, 0, N_("延期到哪一天，如 2022-08-10；申请补报（更正）时可不写"), N_("日期")},
	{"reason", 'r', POPT_ARG_STRING, &options.reason, 0, N_("理由，最多 1000 字"), N_("文字")},
	{"approved-by", 0, POPT_ARG_STRING, &options.approved_by, 0, N_("审签的负责人：姓名，或“姓名,职务,电话”"), N_("姓名")},
	{"filled-by", 0, POPT_ARG_STRING, &options.filled_by, 0, N_("经办人：姓名，或“姓名,职务,电话”；可不写"), N_("姓名")},
	POPT_TABLEEND};
/* clang-format on */

/* One request while it is made. */
struct making_request {
	struct sitting sitting;
	struct signer *signer;
	struct request request;
};

static int open_sitting(struct agent *agent, struct making_request *making);
static int read_words(struct making_request *making, const char *const *args);
static int read_report(struct making_request *making, const char *const *args);
static int read_contest(struct making_request *making, const char *const *args);
static int read_person(struct arena *arena, const char *text, struct person *ret_person);
static int ask(struct making_request *making);
static int seal(struct making_request *making, struct envelope *ret_envelope);
static int check_form(struct arena *arena, struct bytes payload);
static int print_asked(struct making_request *making,
                       const Duban__V1__AskResponse *answer);
static int print_json(json_t *object);
static int withdraw(struct agent *agent, const char *number);

int request_run(struct agent *agent, const char *const *args)
{
	AUTO(signer_closep) struct signer *signer = NULL;
	struct making_request making = {.request.section = ""};
	int code;

	if (strcmp(args[0], "withdraw") == 0 || strcmp(args[0], "撤回") == 0) {
		if (args[1] != NULL && args[2] == NULL)
			return withdraw(agent, args[1]);
		(void)agent_error(_("写作：request withdraw 申请编号"));
		return AGENT_USAGE;
	}
	code = signing_open(agent, &signer);
	if (code == AGENT_OK)
		code = open_sitting(agent, &making);
	if (code != AGENT_OK)
		return code;
	making.signer = signer;
	code = read_words(&making, args);
	if (code == AGENT_OK)
		code = ask(&making);
	sitting_close(&making.sitting);
	return code;
}

/* Asking needs the centre: connected, and its time and plan. */
static int open_sitting(struct agent *agent, struct making_request *making)
{
	struct sitting *sitting = &making->sitting;
	int code = sitting_open(agent, sitting);

	if (code != AGENT_OK)
		return code;
	code = sitting_refresh(sitting, WAIT_MS);
	if (code == AGENT_OK &&
	    (sitting->refresh_status < 0 || sitting->plan.plan == NULL))
		code = agent_error(_("申请须由中心端当场受理：现在连不上中心端，申请没有"
		                     "提出，也没有存下；请稍后再试"));
	if (code != AGENT_OK)
		sitting_close(sitting);
	return code;
}

/* "extension 2 2022-07", "contest late NUMBER", "consent 2 2022-07". */
static int read_words(struct making_request *making, const char *const *args)
{
	struct agent *agent = making->sitting.agent;
	struct request *request = &making->request;
	int kind = asking_kind_find(args[0]), code;

	if (kind == 0) {
		(void)agent_error(
			_("没有“%s”这种申请；应为 extension（延期）、contest（申辩"
		          "）、consent（补报、更正）或 withdraw（撤回）"),
			args[0]);
		return AGENT_USAGE;
	}
	if (args[1] == NULL || args[2] == NULL) {
		(void)agent_error(kind == REQUEST_CONTEST
		                          ? _("写作：request contest late|return "
		                              "回执编号，或 request contest score 考核期")
		                          : _("写作：request %s 板块 报告期"),
		                  args[0]);
		return AGENT_USAGE;
	}
	if (options.reason == NULL || options.approved_by == NULL) {
		(void)agent_error(
			_("请用 --reason 写明理由，用 --approved-by 写明审签的负"
		          "责人"));
		return AGENT_USAGE;
	}
	request->kind = (enum request_kind)kind;
	request->plan = making->sitting.plan.plan->id;
	request->unit = agent->settings.unit;
	request->subject = "";
	request->until = options.until != NULL ? options.until : "";
	request->reason = options.reason;
	code = read_person(&agent->arena, options.approved_by, &request->approved_by);
	if (code == AGENT_OK)
		code = read_person(&agent->arena,
		                   options.filled_by != NULL ? options.filled_by : "",
		                   &request->filled_by);
	if (code != AGENT_OK)
		return code;
	return kind == REQUEST_CONTEST ? read_contest(making, args)
	                               : read_report(making, args);
}

/* A section by its id or its name. */
static int read_report(struct making_request *making, const char *const *args)
{
	const struct plan *plan = making->sitting.plan.plan;
	struct period period;

	for (size_t i = 0; i < plan->section_count; i++)
		if (strcmp(plan->sections[i].id, args[1]) == 0 ||
		    strcmp(plan->sections[i].name, args[1]) == 0)
			making->request.section = plan->sections[i].id;
	if (making->request.section[0] == '\0') {
		(void)agent_error(_("方案中没有板块“%s”"), args[1]);
		return AGENT_USAGE;
	}
	if (period_parse(args[2], &period) < 0) {
		(void)agent_error(_("报告期“%s”应写作 2022-07 或 2022-Q3"), args[2]);
		return AGENT_USAGE;
	}
	making->request.period = args[2];
	return AGENT_OK;
}

/* Which section and period a receipt is of, the centre knows best. */
static int read_contest(struct making_request *making, const char *const *args)
{
	static const char *const words[][2] = {{"late", "late"},   {"return", "return"},
	                                       {"score", "score"}, {"迟报", "late"},
	                                       {"退回", "return"}, {"考核", "score"}};
	Duban__V1__GetLifeRequest request = DUBAN__V1__GET_LIFE_REQUEST__INIT;
	struct arena *arena = &making->sitting.agent->arena;
	const Duban__V1__GetLifeResponse *life;
	const char *mark = NULL;
	ProtobufCMessage *answer;
	int code;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i][0], args[1]) == 0)
			mark = words[i][1];
	if (mark == NULL) {
		(void)agent_error(
			_("“%s”：申辩的应为 late（迟报）、return（退回）或 score（"
		          "考核）"),
			args[1]);
		return AGENT_USAGE;
	}
	request.number = arena_strdup(arena, args[2]);
	making->request.subject = arena_printf(arena, "%s:%s", mark, args[2]);
	if (request.number == NULL || making->request.subject == NULL)
		return agent_error("%s", text_err(E_NOMEM));
	making->request.period = args[2]; /* of a score: all sections together */
	if (strcmp(mark, "score") == 0)
		return AGENT_OK;
	code = ask_centre(&making->sitting, "Reviews/GetLife", &request.base,
	                  &duban__v1__get_life_response__descriptor, &answer);
	if (code != AGENT_OK)
		return code;
	life = (const Duban__V1__GetLifeResponse *)answer;
	making->request.section = life->section;
	making->request.period = life->period;
	return AGENT_OK;
}

/* "王五", "王五,局长", "王五，局长，0731-88660000". */
static int read_person(struct arena *arena, const char *text, struct person *ret_person)
{
	const char **const parts[] = {&ret_person->name, &ret_person->post,
	                              &ret_person->telephone};

	*ret_person = (struct person){.name = "", .post = "", .telephone = ""};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const char *wide = strstr(text, "，"), *narrow = strchr(text, ',');
		const char *end =
			narrow == NULL || (wide != NULL && wide < narrow) ? wide : narrow;
		size_t len = end != NULL ? (size_t)(end - text) : strlen(text);

		*parts[i] = arena_strndup(arena, text, len);
		if (*parts[i] == NULL)
			return agent_error("%s", text_err(E_NOMEM));
		if (end == NULL)
			break;
		text = end + (end == narrow ? 1 : strlen("，"));
	}
	return AGENT_OK;
}

static int ask(struct making_request *making)
{
	Duban__V1__AskRequest message = DUBAN__V1__ASK_REQUEST__INIT;
	struct sitting *sitting = &making->sitting;
	struct arena *arena = &sitting->agent->arena;
	struct request *request = &making->request;
	struct envelope envelope;
	ProtobufCMessage *answer;
	int code;

	request->wall_made_at = agent_wall_now();
	request->made_at = store_plan_now(sitting->store, request->wall_made_at);
	request->approved_by.at = request->made_at;
	request->filled_by.at = request->filled_by.name[0] != '\0' ? request->made_at : 0;
	code = seal(making, &envelope);
	if (code != AGENT_OK)
		return code;
	if (wire_envelope_write(arena, &envelope, &message.request) < 0)
		return agent_error("%s", text_err(E_NOMEM));
	code = ask_centre(sitting, "Requests/Ask", &message.base,
	                  &duban__v1__ask_response__descriptor, &answer);
	if (code != AGENT_OK)
		return code;
	return print_asked(making, (const Duban__V1__AskResponse *)answer);
}

static int seal(struct making_request *making, struct envelope *ret_envelope)
{
	struct arena *arena = &making->sitting.agent->arena;
	struct bytes payload;
	int code, r;

	if (getrandom(making->request.id, REQUEST_ID_SIZE, 0) != REQUEST_ID_SIZE)
		return agent_error("%s", text_err(E_IO));
	r = request_encode(arena, &making->request, &payload);
	if (r < 0)
		return agent_error("%s", text_err(r));
	code = check_form(arena, payload);
	if (code != AGENT_OK)
		return code;
	r = signer_sign(making->signer, arena, REQUEST_PAYLOAD_TYPE, payload,
	                ret_envelope);
	return r < 0 ? agent_error(_("无法签名：%s"), text_err(r)) : AGENT_OK;
}

/* What the centre's strict reader would refuse is said before anything is signed. */
static int check_form(struct arena *arena, struct bytes payload)
{
	const struct request *again;
	struct findings findings;

	findings_init(&findings, arena);
	if (request_decode(arena, payload, &findings, &again) == 0)
		return AGENT_OK;
	for (const struct finding *finding = findings.first; finding != NULL;
	     finding = finding->next)
		(void)agent_error("%s", finding->text);
	return AGENT_REFUSED;
}

static int print_asked(struct making_request *making,
                       const Duban__V1__AskResponse *answer)
{
	const struct plan *plan = making->sitting.plan.plan;
	char received[40], due[40], when[OUTCOME_WHEN_MAX];

	outcome_instant(answer->received_at, received);
	outcome_instant(answer->answer_due_at, due);
	if (making->sitting.agent->json)
		return print_json(json_pack("{s:s, s:s, s:s}", "number", answer->number,
		                            "received_at", received, "answer_due_at",
		                            due));
	printf(_("申请已受理，编号 %s（%s）。\n"), answer->number,
	       asking_kind_word((int)making->request.kind));
	if (answer->answer_due_at != 0) {
		outcome_when(plan, answer->answer_due_at, when);
		printf(_("批复时限：%s。\n"), when);
	}
	printf("%s\n",
	       _("批复会随提醒送到本机；也可用 duban-agent requests 查看。批复前仍按原时"
	         "限办理。"));
	return AGENT_OK;
}

/* Takes @object; NULL is memory that ran out. */
static int print_json(json_t *object)
{
	if (object == NULL)
		return agent_error("%s", text_err(E_NOMEM));
	(void)json_dumpf(object, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(object);
	return AGENT_OK;
}

static int withdraw(struct agent *agent, const char *number)
{
	Duban__V1__WithdrawRequest request = DUBAN__V1__WITHDRAW_REQUEST__INIT;
	struct making_request making;
	ProtobufCMessage *answer;
	int code = open_sitting(agent, &making);

	if (code != AGENT_OK)
		return code;
	request.number = arena_strdup(&agent->arena, number);
	if (request.number == NULL)
		code = agent_error("%s", text_err(E_NOMEM));
	if (code == AGENT_OK)
		code = ask_centre(&making.sitting, "Requests/Withdraw", &request.base,
		                  &duban__v1__withdraw_response__descriptor, &answer);
	sitting_close(&making.sitting);
	if (code == AGENT_OK && agent->json)
		code = print_json(
			json_pack("{s:s, s:s}", "number", number, "state", "withdrawn"));
	else if (code == AGENT_OK)
		printf(_("申请 %s 已撤回。\n"), number);
	return code;
}
