/*
 * A request and its signed bytes:
 *
 *	struct request -> message -> wire_pack() -> bytes
 *	bytes -> wire_unpack_fault() -> check_form() -> struct request
 *	         strict                 bounds, every field
 *
 * Rules of form that only requests have:
 *
 *	S-01  the kind is not given       S-04  a day where none belongs, or none at all
 *	S-02  no reason is given          S-05  what is contested is not named, or not so
 *	S-03  nobody approved it          S-06  the request's id is not of 16 bytes
 *
 * What can go wrong: bytes that are no request (the sending program is at fault), or
 * fields out of bounds (the reporter corrects them). Each is a finding.
 */
#include "model/request.h"

#include <string.h>

#include "duban/v1/requests.pb-c.h"

#include "base/err.h"
#include "model/calendar.h"
#include "model/form.h"
#include "model/wire_convert.h"
#include "model/wire_walk.h"

static void write_person(const struct person *person, Duban__V1__Person *message);
static bool check_form(struct findings *findings, const Duban__V1__Request *message);
static void check_names(struct findings *findings, const Duban__V1__Request *message);
static void check_subject(struct findings *findings, const Duban__V1__Request *message);
static void check_until(struct findings *findings, const Duban__V1__Request *message);
static void check_people(struct findings *findings, const Duban__V1__Request *message);
static int read_message(struct arena *arena, const Duban__V1__Request *message,
                        const struct request **ret_request);
static struct person read_person(const Duban__V1__Person *message);

enum contest request_contest(const char *subject, const char **ret_about)
{
	static const struct {
		const char *prefix;
		enum contest contest;
	} words[] = {{"late:", CONTEST_LATE},
	             {"return:", CONTEST_RETURN},
	             {"score:", CONTEST_SCORE}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].prefix);

		if (strncmp(subject, words[i].prefix, len) != 0)
			continue;
		*ret_about = subject + len;
		return words[i].contest;
	}
	*ret_about = "";
	return CONTEST_NONE;
}

int request_encode(struct arena *arena, const struct request *request,
                   struct bytes *ret_bytes)
{
	Duban__V1__Person filled_by, approved_by;
	Duban__V1__Request message;

	duban__v1__request__init(&message);
	message.request_id = wire_binary(bytes_of(request->id, REQUEST_ID_SIZE));
	message.kind = (Duban__V1__RequestKind)request->kind;
	message.plan = wire_string(request->plan);
	message.unit = wire_string(request->unit);
	message.section = wire_string(request->section);
	message.period = wire_string(request->period);
	message.subject = wire_string(request->subject);
	message.until = wire_string(request->until);
	message.reason = wire_string(request->reason);
	write_person(&request->filled_by, &filled_by);
	write_person(&request->approved_by, &approved_by);
	message.filled_by = filled_by.name[0] != '\0' ? &filled_by : NULL;
	message.approved_by = &approved_by;
	message.made_at = request->made_at;
	message.wall_made_at = request->wall_made_at;
	if (protobuf_c_message_get_packed_size(&message.base) > REQUEST_BYTES_MAX)
		return E_LIMIT;
	return wire_pack(arena, &message.base, ret_bytes);
}

static void write_person(const struct person *person, Duban__V1__Person *message)
{
	duban__v1__person__init(message);
	message->name = wire_string(person->name);
	message->post = wire_string(person->post);
	message->telephone = wire_string(person->telephone);
	message->at = person->at;
}

int request_decode(struct arena *arena, struct bytes bytes, struct findings *findings,
                   const struct request **ret_request)
{
	struct wire_fault fault;
	ProtobufCMessage *base;
	int r;

	if (bytes.len > REQUEST_BYTES_MAX) {
		form_too_large(findings, bytes.len, REQUEST_BYTES_MAX);
		return E_LIMIT;
	}
	r = wire_unpack_fault(arena, &duban__v1__request__descriptor, bytes, WIRE_STRICT,
	                      &base, &fault);
	if (r == E_SYNTAX)
		form_fault(findings, &fault, REQUEST_PAYLOAD_TYPE);
	if (r != 0)
		return r;
	if (!check_form(findings, (const Duban__V1__Request *)base))
		return E_REFUSED;
	return read_message(arena, (const Duban__V1__Request *)base, ret_request);
}

static bool check_form(struct findings *findings, const Duban__V1__Request *message)
{
	struct form_text reason = {.max = REQUEST_REASON_MAX, .lines = true};
	size_t before = findings->refusals;

	if (message->request_id.len != REQUEST_ID_SIZE)
		form_refuse(findings, "S-06", "request_id",
		            form_say(findings, "%zu字节", message->request_id.len),
		            form_say(findings, "%d字节", REQUEST_ID_SIZE),
		            "申请标识长度不对。" FORM_ASK_SUPPORT);
	if (message->kind == DUBAN__V1__REQUEST_KIND__REQUEST_KIND_UNSPECIFIED)
		form_refuse(findings, "S-01", "kind", "空", "延期、申辩或补报（更正）",
		            "没有写明申请事项。" FORM_ASK_SUPPORT);
	check_names(findings, message);
	check_subject(findings, message);
	check_until(findings, message);
	if (message->reason[0] == '\0')
		form_refuse(findings, "S-02", "reason", "空", "必填", "请写明理由。");
	form_text(findings, "reason", message->reason, reason);
	check_people(findings, message);
	form_time(findings, "made_at", message->made_at);
	form_time(findings, "wall_made_at", message->wall_made_at);
	return findings->refusals == before;
}

/* A score is of all sections together. */
static void check_names(struct findings *findings, const Duban__V1__Request *message)
{
	const char *about;
	bool score = message->kind == DUBAN__V1__REQUEST_KIND__REQUEST_KIND_CONTEST &&
	             request_contest(message->subject, &about) == CONTEST_SCORE;

	form_id(findings, "plan", message->plan);
	form_id(findings, "unit", message->unit);
	if (!score || message->section[0] != '\0')
		form_id(findings, "section", message->section);
	form_id(findings, "period", message->period);
}

static void check_subject(struct findings *findings, const Duban__V1__Request *message)
{
	bool contests = message->kind == DUBAN__V1__REQUEST_KIND__REQUEST_KIND_CONTEST;
	const char *about;
	enum contest contest = request_contest(message->subject, &about);

	if (!contests && message->subject[0] == '\0')
		return;
	if (!contests || contest == CONTEST_NONE || !form_is_id(about))
		form_refuse(findings, "S-05", "subject",
		            message->subject[0] == '\0' ? "空" : "写法不对",
		            contests ? "late:回执编号、return:回执编号或score:考核期"
		                     : "不填",
		            contests
		                    ? "请写明对哪份回执的迟报、哪次退回或哪期考核有异议。"
		                    : "只有申辩才写明对何事有异议。");
	else if (contest == CONTEST_SCORE && strcmp(about, message->period) != 0)
		form_refuse(findings, "S-05", "period", message->period, about,
		            "申辩的考核期与所填报告期不一致。");
}

static void check_until(struct findings *findings, const Duban__V1__Request *message)
{
	bool given = message->until[0] != '\0';
	day on;

	if (message->kind == DUBAN__V1__REQUEST_KIND__REQUEST_KIND_EXTENSION && !given)
		form_refuse(findings, "S-04", "until", "空", "必填，如2022-08-10",
		            "请写明申请延期到哪一天。");
	else if (message->kind == DUBAN__V1__REQUEST_KIND__REQUEST_KIND_CONTEST && given)
		form_refuse(findings, "S-04", "until", "已填", "不填",
		            "申辩没有期限可申请，请删去日期。");
	else if (given && day_parse(message->until, &on) < 0)
		form_refuse(findings, "S-04", "until", "写法不对", "如2022-08-10",
		            "日期无法识别。");
}

static void check_people(struct findings *findings, const Duban__V1__Request *message)
{
	form_person(findings, "filled_by", message->filled_by);
	form_person(findings, "approved_by", message->approved_by);
	if (message->approved_by == NULL || message->approved_by->name[0] == '\0')
		form_refuse(findings, "S-03", "approved_by.name", "空", "必填",
		            "申请须经负责人审签，请填写负责人姓名。");
}

static int read_message(struct arena *arena, const Duban__V1__Request *message,
                        const struct request **ret_request)
{
	struct request *request = arena_new(arena, struct request);

	if (request == NULL)
		return E_NOMEM;
	memcpy(request->id, message->request_id.data, REQUEST_ID_SIZE);
	request->kind = (enum request_kind)message->kind;
	request->plan = message->plan;
	request->unit = message->unit;
	request->section = message->section;
	request->period = message->period;
	request->subject = message->subject;
	request->until = message->until;
	request->reason = message->reason;
	request->filled_by = read_person(message->filled_by);
	request->approved_by = read_person(message->approved_by);
	request->made_at = message->made_at;
	request->wall_made_at = message->wall_made_at;
	*ret_request = request;
	return 0;
}

static struct person read_person(const Duban__V1__Person *message)
{
	if (message == NULL)
		return (struct person){.name = "", .post = "", .telephone = ""};
	return (struct person){
		.name = message->name,
		.post = message->post,
		.telephone = message->telephone,
		.at = message->at,
	};
}
