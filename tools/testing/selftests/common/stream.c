// SPDX-License-Identifier: GPL-2.0
/* A stream of bytes of which each place has its own: see stream.h */
#include <stdio.h>
#include <string.h>

#include "stream.h"

#define WORD		sizeof(uint64_t)
/* splitmix64 (Steele, Lea, Flood 2014): one to one, so it can be undone */
#define GAMMA		0x9e3779b97f4a7c15ULL
#define MUL1		0xbf58476d1ce4e5b9ULL
#define MUL2		0x94d049bb133111ebULL
/* What they are multiplied with to give 1 */
#define GAMMA_INV	0xf1de83e19937733dULL
#define MUL1_INV	0x96de1b173f119089ULL
#define MUL2_INV	0x319642b2d24d8ec3ULL
/* No stream of a test is longer */
#define WORDS_MAX	(1ULL << 44)

static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * MUL1;
	z = (z ^ z >> 27) * MUL2;
	return z ^ z >> 31;
}

static uint64_t unmix(uint64_t z)
{
	z = (z ^ z >> 31 ^ z >> 62) * MUL2_INV;
	z = (z ^ z >> 27 ^ z >> 54) * MUL1_INV;
	return z ^ z >> 30 ^ z >> 60;
}

/* Programs choose seeds such as 1 and 2: far apart for all that */
static uint64_t word_at(uint64_t seed, uint64_t index)
{
	return mix(mix(seed) + index * GAMMA);
}

void stream_fill(void *buf, size_t n, uint64_t seed, uint64_t pos)
{
	size_t skip = pos % WORD, part;
	unsigned char *out = buf;
	uint64_t word;

	for (pos /= WORD; n; pos++) {
		word = word_at(seed, pos);
		part = WORD - skip < n ? WORD - skip : n;
		memcpy(out, (unsigned char *)&word + skip, part);
		out += part;
		n -= part;
		skip = 0;
	}
}

ssize_t stream_check(const void *buf, size_t n, uint64_t seed, uint64_t pos)
{
	const unsigned char *in = buf;
	unsigned char want[4096];
	size_t done, part, i;

	for (done = 0; done < n; done += part) {
		part = n - done < sizeof(want) ? n - done : sizeof(want);
		stream_fill(want, part, seed, pos + done);
		if (!memcmp(in + done, want, part))
			continue;
		for (i = 0; in[done + i] == want[i]; i++)
			;
		return done + i;
	}
	return -1;
}

const char *stream_origin(const void *buf, size_t n, uint64_t seed)
{
	static char text[96];
	uint64_t word, index;
	size_t shift;

	for (shift = 0; shift < WORD && shift + WORD <= n; shift++) {
		memcpy(&word, (const char *)buf + shift, WORD);
		index = (unmix(word) - mix(seed)) * GAMMA_INV;
		if (index >= WORDS_MAX)
			continue;
		snprintf(text, sizeof(text), "those of %llu",
			 (unsigned long long)(index * WORD - shift));
		return text;
	}
	for (shift = 0; shift < n && !((const char *)buf)[shift]; shift++)
		;
	snprintf(text, sizeof(text), shift == n ? "zeroes" :
		 "of no part of the stream");
	return text;
}

uint64_t stream_random(uint64_t *state)
{
	*state += GAMMA;
	return mix(*state);
}

size_t stream_size(uint64_t *state, size_t max)
{
	uint64_t random = stream_random(state);
	unsigned int bits = 1;
	size_t size;

	while (max >> bits)
		bits++;
	size = 1 + (random >> 8) % (1ULL << random % bits);
	return size < max ? size : max;
}
