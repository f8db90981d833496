/*
 * The two directions of one call on one HTTP/2 stream.
 *
 *	DATA -> flow_receive -> frames -> (gunzip) -> message
 *	                    \-> held, while paused -> flow_resume -> frames
 *	     <- window: what was read, unless a large message waits for room
 *	flow_send -> (gzip) -> outbox -> on_read -> flow_take -> DATA
 *
 * nghttp2 asks for data when the peer's window has room; a flow without data
 * says so once ("deferred") and wakes nghttp2 when there is some.
 */
#include "rpc/flow.h"

#include <stdlib.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/gzip.h"
#include "rpc/session.h"

/* Too small to be worth compressing. */
#define GZIP_LEAST 128

static void read_messages(struct flow *flow, struct bytes *input);
static int deliver(struct flow *flow, struct frame frame);
static void fail(struct flow *flow, int why);
static size_t admit(struct flow *flow, size_t used);
static void open_window(struct flow *flow, size_t len);
static size_t memory_of(const struct flow *flow);
static void account(struct flow *flow, size_t before);
static void wake(struct flow *flow);
static ssize_t on_source_read(nghttp2_session *h2, int32_t id, uint8_t *buf,
                              size_t length, uint32_t *flags, nghttp2_data_source *source,
                              void *user_data);

void flow_init(struct flow *flow, const struct flow_ops *ops, size_t receive_max,
               size_t send_max)
{
	*flow = (struct flow){.ops = ops, .send_max = send_max};
	frame_reader_init(&flow->in, receive_max);
	list_init(&flow->wakeup);
	room_claim_init(&flow->claim);
}

void flow_finish(struct flow *flow)
{
	frame_reader_finish(&flow->in);
	outbox_finish(&flow->out);
	outbox_finish(&flow->held);
	list_remove(&flow->wakeup);
	list_remove(&flow->claim.link);
}

size_t flow_receive(struct flow *flow, struct bytes chunk)
{
	size_t before = memory_of(flow), len = chunk.len;

	if (!flow_is_holding(flow))
		read_messages(flow, &chunk);
	if (chunk.len > 0 && !flow->deaf && outbox_push_raw(&flow->held, chunk) < 0)
		fail(flow, E_NOMEM);
	if (flow->deaf)
		chunk.len = 0;
	account(flow, before);
	return admit(flow, len - chunk.len);
}

void flow_resume(struct flow *flow)
{
	size_t before = memory_of(flow);
	struct bytes held = outbox_peek(&flow->held, SIZE_MAX), rest = held;

	read_messages(flow, &rest);
	if (flow->deaf)
		rest.len = 0;
	if (flow_is_holding(flow)) /* becoming deaf lets go of it */
		outbox_sent(&flow->held, held.len - rest.len);
	account(flow, before);
	if (flow->session == NULL)
		return;
	open_window(flow, admit(flow, held.len - rest.len));
	if (flow_is_holding(flow) || !flow->end_waits)
		return;
	flow->end_waits = false;
	flow->session->ops->half_closed(flow->session, flow);
}

/* From the front of *@input, as long as somebody listens. */
static void read_messages(struct flow *flow, struct bytes *input)
{
	struct frame frame;

	while (!flow->deaf && !flow->paused) {
		int r = frame_read(&flow->in, input, &frame);

		if (r == 0)
			return;
		if (r == 1) {
			flow_make_room(flow);
			r = deliver(flow, frame);
		}
		if (r < 0)
			fail(flow, r);
	}
}

static void fail(struct flow *flow, int why)
{
	flow->deaf = true;
	flow->ops->broken(flow, why);
}

/* Of what was read, and of what was withheld before, how much opens the window. */
static size_t admit(struct flow *flow, size_t used)
{
	size_t size = flow->deaf ? 0 : frame_reader_unfinished(&flow->in);
	struct session *session = flow->session;

	flow->withheld += used;
	if (session == NULL)
		return 0;
	if (size <= SESSION_STREAM_WINDOW)
		flow_make_room(flow);
	else if (flow->claim.wanted == 0)
		(void)room_take(&session->room, &flow->claim, size);
	if (flow->claim.wanted != 0 && !flow->claim.given)
		return 0;
	used = flow->withheld;
	flow->withheld = 0;
	return used;
}

void flow_make_room(struct flow *flow)
{
	struct session *session = flow->session;
	struct room_claim *next;

	if (session == NULL || flow->claim.wanted == 0)
		return;
	room_leave(&session->room, &flow->claim);
	while ((next = room_next(&session->room)) != NULL) {
		struct flow *other = list_entry(next, struct flow, claim);
		size_t len = other->withheld;

		other->withheld = 0;
		open_window(other, len);
	}
}

static void open_window(struct flow *flow, size_t len)
{
	struct session *session = flow->session;

	if (session->h2 != NULL &&
	    nghttp2_session_consume_stream(session->h2, flow->id, len) ==
	            NGHTTP2_ERR_NOMEM)
		session_close(session, E_NOMEM); /* its window would stay shut */
	session_touch(session);
}

static size_t memory_of(const struct flow *flow)
{
	return frame_reader_held(&flow->in) + flow->held.capacity;
}

/* What all flows of a connection hold has a limit. */
static void account(struct flow *flow, size_t before)
{
	struct session *session = flow->session;

	if (session != NULL && !flow->deaf &&
	    session->held + memory_of(flow) - before > session->held_max)
		fail(flow, E_LIMIT);
	if (flow->deaf) {
		frame_reader_finish(&flow->in);
		outbox_finish(&flow->held);
	}
	if (session != NULL)
		session->held += memory_of(flow) - before;
}

static int deliver(struct flow *flow, struct frame frame)
{
	AUTO(freep) uint8_t *plain = NULL;
	struct session *session = flow->session;
	size_t len;
	int r;

	flow->was_gzip = frame.compressed;
	if (!frame.compressed) {
		flow->ops->message(flow, frame.body);
		return 0;
	}
	if (!flow->gzip_in)
		return E_UNSUPPORTED;
	r = gzip_unpack(frame.body, flow->in.max, &plain, &len);
	if (r < 0)
		return r;
	if (guard_inflated(&session->guard, engine_now(session->engine), frame.body.len,
	                   len))
		return E_LIMIT;
	flow->ops->message(flow, bytes_of(plain, len));
	return 0;
}

int flow_send(struct flow *flow, struct bytes message)
{
	size_t pending = outbox_pending(&flow->out);
	AUTO(freep) uint8_t *packed = NULL;
	size_t len;
	int r;

	if (flow->ended)
		return E_CANCELLED;
	if (message.len > flow->send_max || pending > flow->send_max - message.len)
		return E_LIMIT;
	if (!session_may_send(flow->session, message.len))
		return E_LIMIT;
	if (flow->raw)
		r = outbox_push_raw(&flow->out, message);
	else if (flow->gzip_out && !flow->plain_out && message.len >= GZIP_LEAST &&
	         gzip_pack(message, &packed, &len) == 0 && len < message.len)
		r = outbox_push(&flow->out, true, bytes_of(packed, len));
	else
		r = outbox_push(&flow->out, false, message);
	if (r < 0)
		return r;
	flow_count_out(flow);
	wake(flow);
	if (outbox_pending(&flow->out) <= FLOW_HIGH_MARK)
		return 0;
	flow->busy = true;
	return E_BUSY;
}

void flow_end(struct flow *flow)
{
	flow->ended = true;
	flow->busy = false;
	list_remove(&flow->wakeup);
	wake(flow);
}

void flow_discard(struct flow *flow)
{
	outbox_finish(&flow->out);
	flow_count_out(flow);
}

void flow_count_out(struct flow *flow)
{
	size_t pending = outbox_pending(&flow->out);

	if (flow->session == NULL)
		return;
	flow->session->sending += pending - flow->counted;
	flow->counted = pending;
}

/* There is something for nghttp2 to ask for. */
static void wake(struct flow *flow)
{
	if (flow->session == NULL || !flow->begun)
		return;
	if (flow->deferred) {
		flow->deferred = false;
		if (nghttp2_session_resume_data(flow->session->h2, flow->id) ==
		    NGHTTP2_ERR_NOMEM)
			session_close(flow->session, E_NOMEM);
	}
	session_touch(flow->session);
}

nghttp2_data_provider flow_source(struct flow *flow)
{
	flow->begun = true;
	flow->deferred = false;
	return (nghttp2_data_provider){.source.ptr = flow,
	                               .read_callback = on_source_read};
}

/* NOLINTNEXTLINE(readability-function-size,readability-non-const-parameter): nghttp2's */
static ssize_t on_source_read(nghttp2_session *h2, int32_t id, uint8_t *buf,
                              size_t length, uint32_t *flags, nghttp2_data_source *source,
                              void *user_data)
{
	struct flow *flow = source->ptr;
	size_t pending = outbox_pending(&flow->out);
	size_t room = session_batch_room(user_data);
	int r;

	(void)h2;
	(void)id;
	(void)buf;
	if (pending == 0 && !flow->ended) {
		flow->deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	if (length > room)
		length = room;
	if (length > pending)
		length = pending;
	if (length > 0)
		*flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	if (length == pending && flow->ended) {
		*flags |= NGHTTP2_DATA_FLAG_EOF;
		r = flow->ops->last(flow);
		if (r < 0) { /* an end without its trailers would look like another */
			session_reset(flow->session, flow, NGHTTP2_ENHANCE_YOUR_CALM);
			return NGHTTP2_ERR_DEFERRED;
		}
		if (r > 0)
			*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
	}
	return (ssize_t)length;
}

void flow_take(struct flow *flow, uint8_t *to, size_t len)
{
	struct bytes bytes = outbox_peek(&flow->out, len);

	CHECK(bytes.len == len);
	memcpy(to, bytes.data, len);
	outbox_sent(&flow->out, len);
	flow->taken += len;
	flow_count_out(flow);
	if (flow->busy && outbox_pending(&flow->out) <= FLOW_LOW_MARK &&
	    list_empty(&flow->wakeup))
		list_push(&flow->session->wakeups, &flow->wakeup);
}
