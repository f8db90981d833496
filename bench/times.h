/* Many measured times, and what is said of them. */
#ifndef DUBAN_BENCH_TIMES_H
#define DUBAN_BENCH_TIMES_H

#include <stddef.h>
#include <stdint.h>

/* Monotonic, nanoseconds; the same clock in every process of a machine. */
uint64_t times_now(void);
void times_sort(uint64_t *times, size_t count);
/* What @percent of them (0..100) do not exceed, in microseconds. They must be sorted, and
 * at least one. */
double times_percentile(const uint64_t *times, size_t count, unsigned percent);

#endif
