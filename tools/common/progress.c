/* SPDX-License-Identifier: MIT */
/*
 * progress.c - a bar on stderr: only on a terminal, only past half a second
 */
#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define WIDTH 24
#define FIRST_AFTER 0.5 /* seconds */
#define EVERY 0.1

static struct {
	bool is_on;
	bool is_shown;
	uint64_t total, done; /* bytes */
	double start, last;   /* seconds */
} bar;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void progress_start(uint64_t total)
{
	bar.is_on = total && isatty(2);
	bar.is_shown = false;
	bar.total = total;
	bar.done = 0;
	bar.start = bar.last = now();
}

static void draw(double elapsed)
{
	char done[32], total[32], rate[32];
	double share = (double)bar.done / (double)bar.total;
	double speed = (double)bar.done / elapsed;
	char cells[WIDTH + 1];

	for (int i = 0; i < WIDTH; i++)
		cells[i] = i < share * WIDTH ? '#' : '-';
	cells[WIDTH] = 0;
	text_size(done, sizeof(done), bar.done);
	text_size(total, sizeof(total), bar.total);
	text_size(rate, sizeof(rate), (uint64_t)speed);
	fprintf(stderr, "\r[%s] %3.0f%%  %s of %s  %s/s  %.0f s left \033[K",
		cells, 100 * share, done, total, rate,
		(double)(bar.total - bar.done) / speed);
	/* It has no end of line, for which stderr waits. */
	fflush(stderr);
	bar.is_shown = true;
}

void progress_add(uint64_t bytes)
{
	double t;

	bar.done += bytes;
	if (!bar.is_on || bar.done > bar.total)
		return;
	t = now();
	if (t - bar.start < FIRST_AFTER || t - bar.last < EVERY)
		return;
	bar.last = t;
	draw(t - bar.start);
}

void progress_end(void)
{
	if (bar.is_on && bar.is_shown) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	bar.is_on = false;
}
