/*
 * Lanes: one for each contact that messages go to. A lane knows how fast it may go, and
 * rests after a failure.
 */
#ifndef DUBAN_SERVER_DELIVER_LANE_H
#define DUBAN_SERVER_DELIVER_LANE_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "server/deliver_job.h"

#define LANES_AT_ONCE 64   /* that one claim asks for */
#define LANE_JOBS     4    /* messages claimed for one lane at once */
#define LANE_RATE_MAX 1000 /* attempts a minute; of the setting */

struct deliver;
struct lanes;
struct plans;
struct settings;

struct lane {
	struct lanes *lanes;
	const struct contact *contact; /* the first with this channel and address */
	char *url, *secret;            /* ours; NULL: could not be read */
	struct list jobs;              /* the first is under way */
	unsigned job_count;
	unsigned failures;      /* in a row */
	uint64_t rests_until;   /* loop time */
	uint64_t *started;      /* loop times of the last attempts, a ring */
	unsigned started_count; /* ever */
	unsigned rate;          /* attempts a minute; 0: no limit */
};

struct lanes {
	struct deliver *deliver;
	const struct settings *settings;
	const struct plans *plans; /* may be NULL */
	struct lane *items;
	size_t count, next;
	char *password; /* of the mail server, or NULL */
};

/* One lane for each channel and address of the settings' contacts. Reads no secret.
 * E_NOMEM. */
int lanes_init(struct lanes *lanes, struct deliver *deliver,
               const struct settings *settings);
void lanes_finish(struct lanes *lanes); /* accepts one that is all zero */
/* Read every secret again. One that cannot be read is logged. */
void lanes_read_secrets(struct lanes *lanes);
struct lane *lanes_find(struct lanes *lanes, const char *channel, const char *address);

/* Which lanes may take how many jobs at loop time @now: at most LANES_AT_ONCE, in turn.
 * Returns how many; texts are borrowed from the contacts. */
size_t lanes_rooms(struct lanes *lanes, uint64_t now, const char **channels,
                   const char **addresses, int64_t *rooms);

/* Every lane's channel and address, in arrays for lanes->count; borrowed as above. */
void lanes_list(const struct lanes *lanes, const char **channels, const char **addresses);

/* An attempt begins. */
void lane_start(struct lane *lane, uint64_t now);
/* An attempt ended so: after a failure the lane rests, longer each time. */
void lane_end(struct lane *lane, enum job_result result, uint64_t now);
/* Everything a job needs; secrets are borrowed until the next reading. */
struct job_way lane_way(const struct lane *lane);

/* Milliseconds to wait after so many failures before. */
int64_t lane_backoff(unsigned failures);

#endif
