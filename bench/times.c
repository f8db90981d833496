/* Many measured times: taken in nanoseconds, told in microseconds. */
#include "bench/times.h"

#include <stdlib.h>
#include <time.h>

static int compare(const void *a, const void *b);

uint64_t times_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void times_sort(uint64_t *times, size_t count)
{
	qsort(times, count, sizeof(times[0]), compare);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double times_percentile(const uint64_t *times, size_t count, unsigned percent)
{
	size_t index = (count - 1) * percent / 100;

	return (double)times[index] / 1e3;
}
