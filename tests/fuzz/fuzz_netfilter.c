/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a message of nfnetlink_hook and of nf_tables, and as lines of both files of /proc;
 * what is accepted must keep the parsers' promises.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/netfilter/conntrack.h"
#include "collectors/netfilter/nf_hook.h"
#include "collectors/netfilter/nfqueue.h"
#include "collectors/netfilter/nft_counter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const struct nlmsghdr *message)
{
	static char literal[] = "inet t *", range[] = "*[a-z]?";
	static char *patterns[] = { literal, range };
	static const struct string_list list = { 2, patterns };
	struct nft_counter counter;

	(void)nf_hook_message_is(message, 3);
	if (nft_counter_parse(message, &counter) < 0)
		return;
	assert(counter.family && counter.table_length && counter.name_length);
	assert((const char *)message < counter.table &&
	       counter.table + counter.table_length <= (const char *)message + message->nlmsg_len);
	assert(counter.name + counter.name_length <= (const char *)message + message->nlmsg_len);
	(void)nft_counter_matches(&counter, &list);
}

static void check_line(const char *line, struct conntrack_sums *sums)
{
	struct nfqueue queue;

	if (nfqueue_parse(line, &queue))
		assert(strchr(line, '\n'));
	(void)conntrack_sums_add(line, sums);
	for (size_t i = 0; i < CONNTRACK_COUNTERS; i++)
		assert(sums->column[i] <= sums->n_columns);
}

/* Hands the lines over as getline() does: each in memory of its own. */
static void check_lines(const uint8_t *data, size_t size)
{
	struct conntrack_sums sums = { 0 };

	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t length = end ? (size_t)(end - data) + 1 : size;
		char *line = strndup((const char *)data, length);

		if (line)
			check_line(line, &sums);
		free(line);
		data += length;
		size -= length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *message = malloc(size);

	if (message && size >= sizeof(*message)) {
		memcpy(message, data, size);
		message->nlmsg_len = (uint32_t)size;
		check_message(message);
	}
	free(message);
	check_lines(data, size);
	return 0;
}
