/*
 * Robots' messages and answers.
 *
 * A robot says HTTP 200 to nearly everything and means "errcode" in the body; only that
 * counts. DingTalk signs: HMAC-SHA256 with the secret over "milliseconds\nsecret", in the
 * URL, good for an hour.
 */
#include "server/deliver_webhook.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/utf8.h"

#define ERRCODE_WECOM_LIMIT    45009
#define ERRCODE_DINGTALK_LIMIT 130101

static json_t *robot_message(struct arena *arena, const struct letter *letter);
static json_t *plain_message(const struct letter *letter);
static json_t *plain_alert(const struct alert_row *alert);
static const char *signed_url(struct arena *arena, const struct webhook *webhook);
static const char *escape(struct arena *arena, const char *base64);
static enum webhook_answer robot_answered(struct arena *arena, struct bytes body,
                                          const char **ret_why);

int webhook_write(struct arena *arena, const struct webhook *webhook,
                  const struct letter *letter, const char **ret_url,
                  struct bytes *ret_body)
{
	AUTO(json_decrefp)
	json_t *message = webhook->kind == CONTACT_JSON ? plain_message(letter)
	                                                : robot_message(arena, letter);
	AUTO(freep)
	char *text = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
	const char *url = webhook->url;
	char *body;

	if (text == NULL)
		return E_NOMEM;
	if (webhook->kind == CONTACT_DINGTALK && webhook->secret[0] != '\0')
		url = signed_url(arena, webhook);
	if (url == NULL)
		return E_INTERNAL;
	body = arena_strdup(arena, text);
	if (body == NULL)
		return E_NOMEM;
	*ret_url = url;
	*ret_body = bytes_of_str(body);
	return 0;
}

/* {"msgtype": "text", "text": {"content": ...}}, which both robots understand. */
static json_t *robot_message(struct arena *arena, const struct letter *letter)
{
	static const char more[] = "……（全文用 duban alerts list 查看）";
	char *content = arena_printf(arena, "%s\n%s", letter->subject, letter->text);
	const char *end = "";
	size_t cut;

	if (content == NULL)
		return NULL;
	if (strlen(content) > WEBHOOK_TEXT_MAX) {
		cut = utf8_cut(bytes_of_str(content), WEBHOOK_TEXT_MAX - sizeof(more));
		content[cut] = '\0';
		end = more;
	}
	return json_pack("{s:s, s:{s:s+}}", "msgtype", "text", "text", "content", content,
	                 end);
}

/* One shape, however many alerts there are: a program reads "alerts". */
static json_t *plain_message(const struct letter *letter)
{
	json_t *alerts = json_array();

	for (size_t i = 0; i < letter->count; i++) {
		if (json_array_append_new(alerts, plain_alert(&letter->alerts[i])) != 0) {
			json_decref(alerts);
			return NULL;
		}
	}
	return json_pack("{s:s, s:s, s:o}", "title", letter->subject, "text",
	                 letter->text, "alerts", alerts);
}

/* Keys as in the contract's Alert; times are milliseconds. */
static json_t *plain_alert(const struct alert_row *alert)
{
	return json_pack("{s:I, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, "
	                 "s:s, s:b}",
	                 "cursor", (json_int_t)alert->cursor, "kind",
	                 alert_kind_name(alert->kind), "level", (int)alert->level,
	                 "recipient", alert->recipient, "plan", alert->plan, "unit",
	                 alert->unit, "section", alert->section, "period", alert->period,
	                 "target", alert->target, "decided_at",
	                 (json_int_t)alert->decided_at, "due_at",
	                 (json_int_t)alert->due_at, "title", alert->title, "text",
	                 alert->text, "sample", (int)alert->sample);
}

static const char *signed_url(struct arena *arena, const struct webhook *webhook)
{
	char *to_sign = arena_printf(arena, "%lld\n%s", (long long)webhook->wall_now,
	                             webhook->secret);
	uint8_t hmac[EVP_MAX_MD_SIZE];
	unsigned char base64[EVP_MAX_MD_SIZE * 2];
	unsigned len = 0;
	const char *signature;

	if (to_sign == NULL ||
	    HMAC(EVP_sha256(), webhook->secret, (int)strlen(webhook->secret),
	         (const unsigned char *)to_sign, strlen(to_sign), hmac, &len) == NULL)
		return NULL;
	(void)EVP_EncodeBlock(base64, hmac, (int)len);
	signature = escape(arena, (const char *)base64);
	if (signature == NULL)
		return NULL;
	return arena_printf(arena, "%s%ctimestamp=%lld&sign=%s", webhook->url,
	                    strchr(webhook->url, '?') != NULL ? '&' : '?',
	                    (long long)webhook->wall_now, signature);
}

/* For a query: base64 has three characters that mean something else there. */
static const char *escape(struct arena *arena, const char *base64)
{
	char *escaped = arena_alloc(arena, strlen(base64) * 3 + 1), *out = escaped;

	if (escaped == NULL)
		return NULL;
	for (; *base64 != '\0'; base64++) {
		const char *code = *base64 == '+'   ? "%2B"
		                   : *base64 == '/' ? "%2F"
		                   : *base64 == '=' ? "%3D"
		                                    : NULL;

		if (code == NULL) {
			*out++ = *base64;
			continue;
		}
		memcpy(out, code, 3);
		out += 3;
	}
	*out = '\0';
	return escaped;
}

enum webhook_answer webhook_answered(struct arena *arena, enum contact_kind kind,
                                     long status, struct bytes body, const char **ret_why)
{
	if (status == 429)
		return WEBHOOK_THROTTLED;
	if (status < 200 || status > 299) {
		*ret_why = arena_printf(arena, "HTTP %ld", status);
		return WEBHOOK_REFUSED;
	}
	return kind == CONTACT_JSON ? WEBHOOK_TAKEN
	                            : robot_answered(arena, body, ret_why);
}

static enum webhook_answer robot_answered(struct arena *arena, struct bytes body,
                                          const char **ret_why)
{
	AUTO(json_decrefp)
	json_t *answer = json_loadb((const char *)body.data, body.len, 0, NULL);
	const json_t *code = json_object_get(answer, "errcode");
	json_int_t errcode = json_integer_value(code);

	if (!json_is_integer(code)) {
		*ret_why = "the answer is not a robot's";
		return WEBHOOK_REFUSED;
	}
	if (errcode == ERRCODE_WECOM_LIMIT || errcode == ERRCODE_DINGTALK_LIMIT)
		return WEBHOOK_THROTTLED;
	*ret_why = arena_printf(arena, "errcode %lld", (long long)errcode);
	return errcode == 0 ? WEBHOOK_TAKEN : WEBHOOK_REFUSED;
}
