/*
 * Bytes of DATA frames, cut at places that the input chooses, against the framing and
 * gzip: no message longer than the limit, and no memory beyond what arrived.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "rpc/frame.h"
#include "rpc/gzip.h"

#define MESSAGE_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(struct frame frame)
{
	uint8_t *plain;
	size_t len;

	CHECK(frame.body.len <= MESSAGE_MAX);
	if (!frame.compressed || gzip_unpack(frame.body, MESSAGE_MAX, &plain, &len) < 0)
		return;
	CHECK(len <= MESSAGE_MAX);
	free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_reader reader;
	size_t piece = size == 0 ? 1 : (size_t)data[0] + 1, arrived = 0;
	int r = 0;

	frame_reader_init(&reader, MESSAGE_MAX);
	for (size_t at = 1; r >= 0 && at < size; at += piece) {
		struct bytes input =
			bytes_of(data + at, size - at < piece ? size - at : piece);
		struct frame frame;

		arrived += input.len;
		while ((r = frame_read(&reader, &input, &frame)) == 1)
			take(frame);
		CHECK(r < 0 || input.len == 0);
		CHECK(frame_reader_held(&reader) <= 2 * arrived + 1024);
	}
	frame_reader_finish(&reader);
	return 0;
}
