/*
 * What nghttp2 reports of a session, and how data leaves for it.
 *
 *	nghttp2_session_mem_recv -> on_* -> the session's ops, its flows
 *	nghttp2_session_mem_send -> on_send_data, on_frame_sent -> the batch, its ops
 *
 * A flow is found through its stream. There is none for streams that were refused, and
 * what still comes on these is read and thrown away.
 */
#include "base/check.h"
#include "base/err.h"
#include "rpc/session.h"

#define FRAME_HEADER_SIZE 9
/* What HTTP/2 adds to a field's bytes when it counts a header list. */
#define FIELD_OVERHEAD 32

/* Events come in runs for one stream. */
static struct flow *flow_of(struct session *session, int32_t id)
{
	struct flow *flow = session->recent;

	if (flow != NULL && flow->id == id)
		return flow;
	if (id == 0)
		return NULL;
	flow = nghttp2_session_get_stream_user_data(session->h2, id);
	session->recent = flow;
	return flow;
}

static int on_headers_begun(nghttp2_session *h2, const nghttp2_frame *frame,
                            void *user_data)
{
	struct session *session = user_data;
	int32_t id = frame->hd.stream_id;
	bool request = frame->hd.type == NGHTTP2_HEADERS &&
	               frame->headers.cat == NGHTTP2_HCAT_REQUEST;
	int r;

	CHECK_MAGIC(session, SESSION_MAGIC);
	session->block = 0;
	r = session->ops->headers_begun(session, id, request);
	if (r == E_BUSY || r == E_NOMEM) { /* it may try again */
		/* Before the peer knew the limit it was no fault of its. */
		if (r == E_BUSY && session->guard.knows_settings)
			session_make_noise(session);
		return nghttp2_submit_rst_stream(h2, NGHTTP2_FLAG_NONE, id,
		                                 NGHTTP2_REFUSED_STREAM);
	}
	return r < 0 ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : 0;
}

/* NOLINTNEXTLINE(readability-function-size): nghttp2's type */
static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len,
                     uint8_t flags, void *user_data)
{
	struct session *session = user_data;
	struct flow *flow = flow_of(session, frame->hd.stream_id);

	(void)h2;
	(void)flags;
	session->block += name_len + value_len + FIELD_OVERHEAD;
	if (session->block > session->block_max) {
		session_terminate(session, NGHTTP2_ENHANCE_YOUR_CALM);
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	}
	if (flow == NULL)
		return 0;
	if (session->ops->header(session, flow, bytes_of(name, name_len),
	                         bytes_of(value, value_len)) < 0)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	return 0;
}

static int on_data_chunk(nghttp2_session *h2, uint8_t flags, int32_t id,
                         const uint8_t *data, size_t len, void *user_data)
{
	struct flow *flow = flow_of(user_data, id);

	(void)flags;
	/* The connection's window is for all: only the stream's own is held back. */
	if (nghttp2_session_consume_connection(h2, len) != 0)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	if (flow != NULL)
		len = flow_receive(flow, bytes_of(data, len));
	if (nghttp2_session_consume_stream(h2, id, len) != 0)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	return 0;
}

static void on_stream_frame(struct session *session, const nghttp2_frame *frame)
{
	struct flow *flow = flow_of(session, frame->hd.stream_id);
	bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;

	if (flow == NULL)
		return;
	if (frame->hd.type == NGHTTP2_HEADERS)
		session->ops->headers_ended(session, flow,
		                            frame->headers.cat != NGHTTP2_HCAT_HEADERS);
	if (end && flow_is_holding(flow))
		flow->end_waits = true;
	else if (end)
		session->ops->half_closed(session, flow);
}

static void on_control_frame(struct session *session, const nghttp2_frame *frame)
{
	bool ack = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;

	switch (frame->hd.type) {
	case NGHTTP2_PING:
		if (!ack || session->ping_sent == 0)
			break;
		session->ping_sent = 0;
		if (session->ops->ponged != NULL)
			session->ops->ponged(session);
		break;
	case NGHTTP2_SETTINGS:
		if (!ack && !session->is_ready) {
			session->is_ready = true;
			session->ops->ready(session);
		}
		break;
	case NGHTTP2_GOAWAY:
		if (session->ops->goaway != NULL)
			session->ops->goaway(session, frame->goaway.error_code);
		break;
	default:
		break;
	}
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
	struct session *session = user_data;

	(void)h2;
	CHECK_MAGIC(session, SESSION_MAGIC);
	if (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)
		on_stream_frame(session, frame);
	else if (frame->hd.type != NGHTTP2_RST_STREAM)
		on_control_frame(session, frame);
	return 0;
}

static int on_frame_sent(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
	struct session *session = user_data;
	struct flow *flow;

	(void)h2;
	guard_sent(&session->guard, frame->hd.type, frame->hd.flags, frame->hd.length);
	if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
		return 0;
	flow = flow_of(session, frame->hd.stream_id);
	if (flow != NULL)
		session->ops->end_sent(session, flow);
	return 0;
}

static void stream_closed(struct session *session, struct flow *flow, uint32_t error,
                          bool unseen)
{
	session->sending -= flow->counted;
	flow->counted = 0;
	session->held -= frame_reader_held(&flow->in) + flow->held.capacity;
	list_remove(&flow->wakeup);
	flow_make_room(flow);
	flow->session = NULL;
	session->recent = NULL;
	session->ops->stream_closed(session, flow, error, unseen);
}

/* A request that could not be sent any more, after GOAWAY. */
static int on_frame_not_sent(nghttp2_session *h2, const nghttp2_frame *frame, int error,
                             void *user_data)
{
	struct flow *flow = flow_of(user_data, frame->hd.stream_id);

	(void)error;
	if (frame->hd.type != NGHTTP2_HEADERS ||
	    frame->headers.cat != NGHTTP2_HCAT_REQUEST || flow == NULL)
		return 0;
	(void)nghttp2_session_set_stream_user_data(h2, frame->hd.stream_id, NULL);
	stream_closed(user_data, flow, NGHTTP2_REFUSED_STREAM, true);
	return 0;
}

/* Malformed requests cost us a reset each, whoever sends it. */
static int on_invalid_frame(nghttp2_session *h2, const nghttp2_frame *frame, int error,
                            void *user_data)
{
	(void)h2;
	(void)frame;
	(void)error;
	session_make_noise(user_data);
	return 0;
}

static int on_stream_closed(nghttp2_session *h2, int32_t id, uint32_t error,
                            void *user_data)
{
	struct flow *flow = flow_of(user_data, id);

	(void)h2;
	if (flow != NULL)
		stream_closed(user_data, flow, error, error == NGHTTP2_REFUSED_STREAM);
	return 0;
}

static int on_send_data(nghttp2_session *h2, nghttp2_frame *frame, const uint8_t *framehd,
                        size_t len, nghttp2_data_source *source, void *user_data)
{
	struct session *session = user_data;
	struct engine *engine = session->engine;
	struct flow *flow = source->ptr;

	(void)h2;
	(void)frame;
	if (engine->batch_len + FRAME_HEADER_SIZE + len > ENGINE_BATCH_SIZE) {
		session->blocked = true;
		return NGHTTP2_ERR_WOULDBLOCK;
	}
	memcpy(engine->batch + engine->batch_len, framehd, FRAME_HEADER_SIZE);
	engine->batch_len += FRAME_HEADER_SIZE;
	flow_take(flow, engine->batch + engine->batch_len, len);
	engine->batch_len += len;
	return 0;
}

int session_callbacks_create(nghttp2_session_callbacks **ret_callbacks)
{
	nghttp2_session_callbacks *callbacks;

	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		return E_NOMEM;
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks,
	                                                        on_headers_begun);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
	                                                          on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks,
	                                                             on_invalid_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
	nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks,
	                                                         on_frame_not_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
	                                                       on_stream_closed);
	nghttp2_session_callbacks_set_send_data_callback(callbacks, on_send_data);
	*ret_callbacks = callbacks;
	return 0;
}
