/* Lanes: who may take how much, and who rests. */
#include "server/deliver_lane.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "server/settings.h"

#define REST_FIRST     2000    /* ms, doubled with each failure in a row, up to */
#define REST_MAX       1800000 /* half an hour */
#define REST_THROTTLED 60000   /* ms a lane rests when it is told to */
#define MINUTE         60000   /* ms */
#define SECRET_MAX     4096    /* bytes of a secret's line */

static char *read_secret(const char *path, const char *whose);
static unsigned room_of(const struct lane *lane, uint64_t now);

int lanes_init(struct lanes *lanes, struct deliver *deliver,
               const struct settings *settings)
{
	lanes->deliver = deliver;
	lanes->settings = settings;
	if (settings->contact_count == 0)
		return 0;
	lanes->items = calloc(settings->contact_count, sizeof(*lanes->items));
	if (lanes->items == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < settings->contact_count; i++) {
		const struct contact *contact = &settings->contacts[i];
		struct lane *lane = &lanes->items[lanes->count];

		if (lanes_find(lanes, contact_channel(contact),
		               contact_address(contact)) != NULL)
			continue;
		lane->lanes = lanes;
		lane->contact = contact;
		list_init(&lane->jobs);
		lane->rate = contact->kind == CONTACT_EMAIL
		                     ? 0
		                     : (unsigned)settings->webhook_per_minute;
		CHECK(lane->rate <= LANE_RATE_MAX);
		lane->started = calloc(lane->rate + 1, sizeof(*lane->started));
		if (lane->started == NULL)
			return E_NOMEM;
		lanes->count++;
	}
	return 0;
}

struct lane *lanes_find(struct lanes *lanes, const char *channel, const char *address)
{
	for (size_t i = 0; i < lanes->count; i++) {
		const struct contact *contact = lanes->items[i].contact;

		if (strcmp(contact_channel(contact), channel) == 0 &&
		    strcmp(contact_address(contact), address) == 0)
			return &lanes->items[i];
	}
	return NULL;
}

void lanes_finish(struct lanes *lanes)
{
	for (size_t i = 0; i < lanes->count; i++) {
		free(lanes->items[i].url);
		free(lanes->items[i].secret);
		free(lanes->items[i].started);
	}
	free(lanes->items);
	free(lanes->password);
}

void lanes_read_secrets(struct lanes *lanes)
{
	const struct settings *settings = lanes->settings;

	free(lanes->password);
	lanes->password = settings->smtp_password_file[0] != '\0'
	                          ? read_secret(settings->smtp_password_file, "smtp")
	                          : NULL;
	for (size_t i = 0; i < lanes->count; i++) {
		struct lane *lane = &lanes->items[i];
		const struct contact *contact = lane->contact;

		free(lane->url);
		free(lane->secret);
		lane->url = contact->kind != CONTACT_EMAIL
		                    ? read_secret(contact->url_file, contact->name)
		                    : NULL;
		lane->secret = contact->secret_file[0] != '\0'
		                       ? read_secret(contact->secret_file, contact->name)
		                       : NULL;
	}
}

/* The first line of a small file; NULL: it is not there, too long or empty. Read when the
 * server starts and when it is told to reload, so that waiting for the disk is no harm.
 */
static char *read_secret(const char *path, const char *whose)
{
	AUTO(fclosep) FILE *file = fopen(path, "re");
	char line[SECRET_MAX];

	if (file == NULL || fgets(line, sizeof(line), file) == NULL ||
	    strcspn(line, "\r\n") == 0) {
		log_event(LOG_ERROR, "secret", log_str("contact", whose),
		          log_str("file", path), log_str("result", err_name(E_IO)));
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return strdup(line);
}

/* Lanes take turns at being first. */
size_t lanes_rooms(struct lanes *lanes, uint64_t now, const char **channels,
                   const char **addresses, int64_t *rooms)
{
	size_t count = 0;

	for (size_t i = 0; i < lanes->count && count < LANES_AT_ONCE; i++) {
		const struct lane *lane = &lanes->items[(lanes->next + i) % lanes->count];
		unsigned room = room_of(lane, now);

		if (room == 0)
			continue;
		channels[count] = contact_channel(lane->contact);
		addresses[count] = contact_address(lane->contact);
		rooms[count++] = room;
	}
	if (lanes->count > 0)
		lanes->next = (lanes->next + LANES_AT_ONCE) % lanes->count;
	return count;
}

void lanes_list(const struct lanes *lanes, const char **channels, const char **addresses)
{
	for (size_t i = 0; i < lanes->count; i++) {
		channels[i] = contact_channel(lanes->items[i].contact);
		addresses[i] = contact_address(lanes->items[i].contact);
	}
}

static unsigned room_of(const struct lane *lane, uint64_t now)
{
	unsigned recent = 0;

	if (lane->job_count > 0 || lane->rests_until > now)
		return 0;
	if (lane->contact->kind != CONTACT_EMAIL &&
	    (lane->url == NULL ||
	     (lane->contact->secret_file[0] != '\0' && lane->secret == NULL)))
		return 0; /* it was logged when it was read */
	if (lane->contact->kind == CONTACT_EMAIL &&
	    lane->lanes->settings->smtp_url[0] == '\0')
		return 0;
	for (unsigned i = 0; i < lane->rate && i < lane->started_count; i++)
		recent += lane->started[i] + MINUTE > now;
	if (lane->rate > 0 && lane->rate - recent < LANE_JOBS)
		return lane->rate - recent;
	return LANE_JOBS;
}

void lane_start(struct lane *lane, uint64_t now)
{
	if (lane->rate > 0)
		lane->started[lane->started_count++ % lane->rate] = now;
}

/* A message that will never go says nothing about its lane. */
void lane_end(struct lane *lane, enum job_result result, uint64_t now)
{
	if (result == JOB_SENT)
		lane->failures = 0;
	if (result == JOB_THROTTLED)
		lane->rests_until = now + REST_THROTTLED;
	if (result == JOB_RETRY)
		lane->rests_until = now + (uint64_t)lane_backoff(lane->failures++);
}

int64_t lane_backoff(unsigned failures)
{
	return failures < 10 ? (int64_t)REST_FIRST << failures : REST_MAX;
}

struct job_way lane_way(const struct lane *lane)
{
	const struct lanes *lanes = lane->lanes;

	return (struct job_way){
		.kind = lane->contact->kind,
		.to = lane->contact->address,
		.url = lane->url,
		.secret = lane->secret != NULL ? lane->secret : "",
		.password = lanes->password != NULL ? lanes->password : "",
		.settings = lanes->settings,
		.plans = lanes->plans,
	};
}
