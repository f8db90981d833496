/* Values of the contract as words. */
#include "client/admin/text.h"

#include <string.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/problem_words.h"
#include "model/calendar.h"
#include "model/quantity.h"
#include "model/wire.h"

struct word {
	const char *zh, *key;
};

static const char *choose(const struct admin *admin, const struct word *words,
                          size_t count, int value)
{
	size_t index = value < 0 || (size_t)value >= count ? 0 : (size_t)value;

	return admin->json ? words[index].key : _(words[index].zh);
}

#define DAY_MS (24 * 60 * 60 * 1000)

const char *text_instant(struct admin *admin, int64_t ms)
{
	char text[INSTANT_TEXT_MAX];

	if (ms == 0)
		return "";
	instant_print(ms, TEXT_UTC_OFFSET, text);
	if (!admin->json)
		return arena_strdup(&admin->arena, text);
	text[10] = 'T';
	return arena_printf(&admin->arena, "%s:00+08:00", text);
}

int text_known_at(const char *text, int64_t *ret_ms)
{
	int64_t ms = 0;

	if (text != NULL && instant_parse(text, TEXT_UTC_OFFSET, &ms) < 0) {
		(void)admin_error(
			_("--known-at %s：应写作 \"2022-10-08 17:30\" 或 2022-10-08"),
			text);
		return ADMIN_USAGE;
	}
	if (text != NULL && strlen(text) == strlen("2022-10-08"))
		ms += DAY_MS - 1;
	*ret_ms = ms;
	return ADMIN_OK;
}

const char *text_quantity(struct admin *admin, const Duban__V1__Quantity *quantity)
{
	struct quantity value;
	char text[QUANTITY_TEXT_MAX];

	if (quantity == NULL || wire_quantity_read(quantity, &value) < 0)
		return "";
	quantity_print(&value, text);
	return arena_strdup(&admin->arena, text);
}

const char *text_value(struct admin *admin, const struct quantity *quantity)
{
	char text[QUANTITY_TEXT_MAX];

	if (admin->json)
		quantity_print_number(quantity, text);
	else
		quantity_print(quantity, text);
	return arena_strdup(&admin->arena, text);
}

const char *text_flag(bool flag)
{
	return flag ? "true" : "false";
}

const char *text_number(struct admin *admin, uint64_t number)
{
	return arena_printf(&admin->arena, "%llu", (unsigned long long)number);
}

const char *text_bytes(struct admin *admin, const ProtobufCBinaryData *data)
{
	char *hex = arena_alloc(&admin->arena, 2 * data->len + 1);

	if (hex != NULL)
		bytes_to_hex(bytes_of(data->data, data->len), hex);
	return hex;
}

const char *text_light(const struct admin *admin, Duban__V1__Light light)
{
	static const struct word words[] = {
		{"", "unspecified"},     {N_("正常"), "green"}, {N_("滞后"), "yellow"},
		{N_("严重滞后"), "red"}, {N_("无灯"), "none"},  {"/", "no_task"},
		{"—", "not_reported"},
	};

	return choose(admin, words, ARRAY_LEN(words), (int)light);
}

const char *text_wait(const struct admin *admin, Duban__V1__FigureWait wait)
{
	static const struct word words[] = {{"", ""},
	                                    {N_("待核验"), "check"},
	                                    {N_("待验收"), "acceptance"}};

	return choose(admin, words, ARRAY_LEN(words), (int)wait);
}

const char *text_city_state(const struct admin *admin, Duban__V1__CityState state)
{
	static const struct word words[] = {
		{"", "unspecified"},         {N_("相符"), "holds"},
		{N_("不符"), "broken"},      {N_("未齐"), "incomplete"},
		{N_("无法核对"), "inexact"},
	};

	return choose(admin, words, ARRAY_LEN(words), (int)state);
}

const char *text_timeliness(const struct admin *admin, Duban__V1__Timeliness timeliness)
{
	static const struct word words[] = {{"", "unspecified"},
	                                    {N_("按时"), "on_time"},
	                                    {N_("迟报"), "late"},
	                                    {N_("封表后"), "after_lock"}};

	return choose(admin, words, ARRAY_LEN(words), (int)timeliness);
}

const char *text_report_kind(const struct admin *admin, Duban__V1__ReportKind kind)
{
	static const struct word words[] = {{N_("月报"), "ordinary"},
	                                    {N_("本期无变化"), "no_change"},
	                                    {N_("零报告"), "zero"}};

	return choose(admin, words, ARRAY_LEN(words), (int)kind);
}

const char *text_review_step(const struct admin *admin, Duban__V1__ReviewStep step)
{
	static const struct word words[] = {{"", ""},
	                                    {N_("业务审核"), "content"},
	                                    {N_("汇总审核"), "totals"}};

	return choose(admin, words, ARRAY_LEN(words), (int)step);
}

const char *text_standing(const struct admin *admin, Duban__V1__Standing standing)
{
	static const struct word words[] = {
		{"", ""},
		{N_("自报"), "reported"},
		{N_("处室已审核"), "checked"},
		{N_("已现场核查"), "seen"},
		{N_("复核不实"), "withdrawn"},
	};

	return choose(admin, words, ARRAY_LEN(words), (int)standing);
}

static const struct word alert_kinds[] = {
	{"", "unspecified"},
	{N_("临期提醒"), "report_due_soon"},
	{N_("催报"), "report_overdue"},
	{N_("进度预警"), "behind"},
	{N_("催办"), "target_overdue"},
	{N_("退回修改"), "report_returned"},
	{N_("退回后逾期未重报"), "return_unanswered"},
	{N_("审核超时"), "review_overdue"},
	{N_("申请待批"), "request_received"},
	{N_("申请批复"), "request_answered"},
	{N_("问题逾期"), "problem_overdue"},
	{N_("全市核对"), "city_check"},
	{N_("销号待核验"), "problem_asked"},
	{N_("问题退办"), "problem_sent_back"},
	{N_("复核不实"), "figure_withdrawn"},
};

const char *text_alert_kind(const struct admin *admin, Duban__V1__AlertKind kind)
{
	return choose(admin, alert_kinds, ARRAY_LEN(alert_kinds), (int)kind);
}

const char *text_alert_key(const struct admin *admin, const char *key, size_t len)
{
	for (size_t i = 1; !admin->json && i < ARRAY_LEN(alert_kinds); i++)
		if (strncmp(alert_kinds[i].key, key, len) == 0 &&
		    alert_kinds[i].key[len] == '\0')
			return _(alert_kinds[i].zh);
	return key;
}

static const char *find(const struct admin *admin, const struct word *words, size_t count,
                        const char *key)
{
	for (size_t i = 0; !admin->json && i < count; i++)
		if (strcmp(words[i].key, key) == 0)
			return _(words[i].zh);
	return key;
}

const char *text_channel(const struct admin *admin, const char *channel)
{
	static const struct word words[] = {{N_("在线"), "stream"},
	                                    {N_("邮件"), "email"},
	                                    {N_("群机器人"), "webhook"}};

	return find(admin, words, ARRAY_LEN(words), channel);
}

const char *text_delivery(const struct admin *admin, const char *state)
{
	static const struct word words[] = {{N_("待送出"), "waiting"},
	                                    {N_("已送出"), "sent"},
	                                    {N_("未送达"), "failed"}};

	return find(admin, words, ARRAY_LEN(words), state);
}

const char *text_problem_kind(const struct admin *admin, Duban__V1__ProblemKind kind)
{
	return problem_kind_word((int)kind, admin->json);
}

const char *text_problem_state(const struct admin *admin, Duban__V1__ProblemState state)
{
	return problem_state_word((int)state, admin->json);
}

const char *text_problem_act(const struct admin *admin, Duban__V1__ProblemAct act)
{
	return problem_act_word((int)act, admin->json);
}

const char *text_severity(const struct admin *admin, Duban__V1__Severity severity)
{
	static const struct word words[] = {
		{"", "unspecified"},
		{N_("强制性审核"), "refusal"},
		{N_("核实性审核"), "reason"},
		{N_("提示"), "notice"},
	};

	return choose(admin, words, ARRAY_LEN(words), (int)severity);
}
