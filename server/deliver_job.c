/*
 * An attempt as libcurl sees it: an e-mail is an upload, a webhook is a POST.
 *
 * What can go wrong: see job_result(). What libcurl says in words may hold a URL, so only
 * its codes' own texts are kept.
 */
#include "server/deliver_job.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/deliver_email.h"
#include "server/deliver_webhook.h"
#include "server/letter.h"
#include "server/settings.h"

#define JOB_CONNECT_TIMEOUT 10000L /* ms */
#define JOB_TIMEOUT         20000L /* ms, all together */

static int copy_message(struct job *job, const struct claimed_message *message);
static int copy_alert(struct arena *arena, struct alert_row *alert);
static size_t size_max_of(enum contact_kind kind);
static int prepare_email(struct job *job, const struct job_way *way,
                         const struct letter *letter, int64_t wall_now);
static int prepare_webhook(struct job *job, const struct job_way *way,
                           const struct letter *letter, int64_t wall_now);
static int set_common(struct job *job);
static size_t on_read(char *to, size_t size, size_t count, void *context);
static size_t on_answer(char *data, size_t size, size_t count, void *context);
static enum job_result email_result(struct job *job, CURLcode code, const char **ret_why);
static enum job_result webhook_result(struct job *job, const struct job_way *way,
                                      CURLcode code, const char **ret_why);

int job_create(const struct claimed_message *message, struct job **ret_job)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return E_NOMEM;
	job->magic = JOB_MAGIC;
	list_init(&job->link);
	arena_init(&job->arena, JOB_MEMORY_MAX);
	if (copy_message(job, message) < 0) {
		job_destroy(job);
		return E_NOMEM;
	}
	*ret_job = job;
	return 0;
}

static int copy_message(struct job *job, const struct claimed_message *message)
{
	struct claimed_message *copy = &job->message;
	struct arena *arena = &job->arena;

	*copy = *message;
	copy->channel = arena_strdup(arena, message->channel);
	copy->address = arena_strdup(arena, message->address);
	copy->alerts = arena_new_array(arena, copy->alert_count, struct alert_row);
	job->alerts = arena_new_array(arena, copy->alert_count, int64_t);
	if (copy->channel == NULL || copy->address == NULL || copy->alerts == NULL ||
	    job->alerts == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < copy->alert_count; i++) {
		copy->alerts[i] = message->alerts[i];
		job->alerts[i] = message->alerts[i].cursor;
		if (copy_alert(arena, &copy->alerts[i]) < 0)
			return E_NOMEM;
	}
	return 0;
}

static int copy_alert(struct arena *arena, struct alert_row *alert)
{
	const char **texts[] = {&alert->recipient, &alert->plan,   &alert->unit,
	                        &alert->section,   &alert->period, &alert->target,
	                        &alert->title,     &alert->text};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		*texts[i] = arena_strdup(arena, *texts[i]);
		if (*texts[i] == NULL)
			return E_NOMEM;
	}
	return 0;
}

void job_destroy(struct job *job)
{
	if (job == NULL)
		return;
	curl_easy_cleanup(job->transfer.easy);
	curl_slist_free_all(job->lines);
	arena_finish(&job->arena);
	job->magic = 0;
	free(job);
}

int job_prepare(struct job *job, const struct job_way *way, int64_t wall_now)
{
	struct letter letter;
	int r;

	job->transfer.easy = curl_easy_init();
	if (job->transfer.easy == NULL)
		return E_NOMEM;
	r = set_common(job);
	if (r == 0)
		r = letter_write(&job->arena, way->plans, job->message.alerts,
		                 job->message.alert_count, size_max_of(way->kind),
		                 &letter);
	if (r < 0)
		return r;
	return way->kind == CONTACT_EMAIL ? prepare_email(job, way, &letter, wall_now)
	                                  : prepare_webhook(job, way, &letter, wall_now);
}

static size_t size_max_of(enum contact_kind kind)
{
	switch (kind) {
	case CONTACT_EMAIL:
		return EMAIL_TEXT_MAX;
	case CONTACT_WECOM:
	case CONTACT_DINGTALK:
		return WEBHOOK_TEXT_MAX;
	case CONTACT_JSON:
		return WEBHOOK_JSON_MAX;
	}
	return WEBHOOK_TEXT_MAX;
}

static int set_common(struct job *job)
{
	CURL *easy = job->transfer.easy;
	int bad = 0;

	bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, JOB_CONNECT_TIMEOUT) !=
	       CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, JOB_TIMEOUT) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, job) != CURLE_OK;
	return bad ? E_INTERNAL : 0;
}

static int prepare_email(struct job *job, const struct job_way *way,
                         const struct letter *letter, int64_t wall_now)
{
	const struct settings *settings = way->settings;
	const struct email email = {.letter = letter,
	                            .from = settings->smtp_from,
	                            .to = way->to,
	                            .wall_now = wall_now};
	long tls = settings->smtp_user[0] != '\0' ? CURLUSESSL_ALL : CURLUSESSL_TRY;
	CURL *easy = job->transfer.easy;
	int r = email_write(&job->arena, &email, &job->body), bad = 0;

	if (r < 0)
		return r;
	job->lines = curl_slist_append(NULL, way->to);
	if (job->lines == NULL)
		return E_NOMEM;
	bad |= curl_easy_setopt(easy, CURLOPT_URL, settings->smtp_url) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps") != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_MAIL_FROM, settings->smtp_from) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, job->lines) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_READDATA, job) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_USE_SSL, tls) != CURLE_OK;
	if (settings->smtp_user[0] != '\0') {
		bad |= curl_easy_setopt(easy, CURLOPT_USERNAME, settings->smtp_user) !=
		       CURLE_OK;
		bad |= curl_easy_setopt(easy, CURLOPT_PASSWORD, way->password) !=
		       CURLE_OK;
	}
	if (settings->smtp_ca_file[0] != '\0')
		bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, settings->smtp_ca_file) !=
		       CURLE_OK;
	return bad ? E_INTERNAL : 0;
}

static size_t on_read(char *to, size_t size, size_t count, void *context)
{
	struct job *job = context;
	size_t len = size * count, left = job->body.len - job->sent;

	CHECK_MAGIC(job, JOB_MAGIC);
	if (len > left)
		len = left;
	memcpy(to, job->body.data + job->sent, len);
	job->sent += len;
	return len;
}

static size_t on_answer(char *data, size_t size, size_t count, void *context)
{
	struct job *job = context;
	size_t len = size * count, room = JOB_ANSWER_MAX - job->answer_len;

	CHECK_MAGIC(job, JOB_MAGIC);
	if (room > len)
		room = len;
	memcpy(job->answer + job->answer_len, data, room);
	job->answer_len += room;
	return len; /* what is longer is read and forgotten */
}

static int prepare_webhook(struct job *job, const struct job_way *way,
                           const struct letter *letter, int64_t wall_now)
{
	const struct webhook webhook = {.kind = way->kind,
	                                .url = way->url,
	                                .secret = way->secret,
	                                .wall_now = wall_now};
	CURL *easy = job->transfer.easy;
	const char *url;
	int r, bad = 0;

	r = webhook_write(&job->arena, &webhook, letter, &url, &job->body);
	if (r < 0)
		return r;
	job->lines =
		curl_slist_append(NULL, "Content-Type: application/json; charset=utf-8");
	if (job->lines == NULL)
		return E_NOMEM;
	bad |= curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, job->lines) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, job->body.data) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)job->body.len) !=
	       CURLE_OK;
	return bad ? E_INTERNAL : 0;
}

enum job_result job_result(struct job *job, const struct job_way *way, CURLcode code,
                           const char **ret_why)
{
	*ret_why = "";
	return way->kind == CONTACT_EMAIL ? email_result(job, code, ret_why)
	                                  : webhook_result(job, way, code, ret_why);
}

/* 550 and the like are about this message; 53x are about how we log in, which an operator
 * can repair. */
static enum job_result email_result(struct job *job, CURLcode code, const char **ret_why)
{
	long status = 0;

	if (code == CURLE_OK)
		return JOB_SENT;
	(void)curl_easy_getinfo(job->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
	*ret_why = arena_printf(&job->arena, "%s (SMTP %ld)", curl_easy_strerror(code),
	                        status);
	if (*ret_why == NULL)
		*ret_why = curl_easy_strerror(code);
	return status >= 540 && status <= 559 ? JOB_FAILED : JOB_RETRY;
}

static enum job_result webhook_result(struct job *job, const struct job_way *way,
                                      CURLcode code, const char **ret_why)
{
	long status = 0;

	if (code != CURLE_OK) {
		*ret_why = curl_easy_strerror(code);
		return JOB_RETRY;
	}
	(void)curl_easy_getinfo(job->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
	switch (webhook_answered(&job->arena, way->kind, status,
	                         bytes_of(job->answer, job->answer_len), ret_why)) {
	case WEBHOOK_TAKEN:
		*ret_why = "";
		return JOB_SENT;
	case WEBHOOK_THROTTLED:
		*ret_why = "too many messages";
		return JOB_THROTTLED;
	case WEBHOOK_REFUSED:
		if (*ret_why == NULL)
			*ret_why = "refused";
		return JOB_RETRY;
	}
	return JOB_RETRY;
}
