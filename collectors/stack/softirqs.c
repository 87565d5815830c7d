/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/softirqs (fs/proc/softirqs.c): a line with the names of all processors that there can be,
 * and one for each kind of softirq. It is the same in every network namespace.
 */
#include "collectors/stack/softirqs.h"

#include <errno.h>

static const struct metric_family softirqs_families[] = {
	{
		.name = "txpath_softirq_net_tx_total",
		.help = "Times that the processor ran the transmit softirq (NET_TX in /proc/softirqs).",
		.type = METRIC_COUNTER,
	},
};

const struct metric_table softirqs_table = {
	.labels = { "cpu" },
	.families = softirqs_families,
	.n_families = ARRAY_SIZE(softirqs_families),
};

/* Takes "CPU12" off the line. */
static bool take_processor(struct proc_span *line, struct proc_span *ret_number)
{
	uint64_t number;

	if (!proc_word_next(line, ret_number) || proc_span_length(*ret_number) < 4 ||
	    memcmp(ret_number->start, "CPU", 3) != 0)
		return false;
	ret_number->start += 3;
	return proc_number_parse(*ret_number, &number) == 0;
}

/* Whether there is a processor for each count; all are looked at before the first is written. */
static bool is_well_formed(struct proc_span processors, struct proc_span counts)
{
	struct proc_span processor, count, more;
	uint64_t value;

	while (proc_word_next(&counts, &count)) {
		if (proc_number_parse(count, &value) < 0 ||
		    !take_processor(&processors, &processor))
			return false;
	}
	return !proc_word_next(&processors, &more);
}

static void write_rows(struct proc_span processors, struct proc_span counts, struct batch *batch)
{
	struct proc_span processor, count;
	uint64_t value = 0;

	while (take_processor(&processors, &processor) && proc_word_next(&counts, &count)) {
		struct label label = { processor.start, proc_span_length(processor) };

		(void)proc_number_parse(count, &value);
		batch_row(batch, &softirqs_table, &label, 1);
		batch_count(batch, 0, value);
	}
}

int softirqs_write(struct proc_span text, struct batch *batch)
{
	struct proc_span processors, line, name;
	bool whole;

	if (!proc_line_next(&text, &processors, &whole))
		return -EBADMSG;
	while (proc_line_next(&text, &line, &whole)) {
		if (!proc_word_next(&line, &name) || !proc_span_is(name, "NET_TX:", 7))
			continue;
		if (!whole || !is_well_formed(processors, line))
			return -EBADMSG;
		write_rows(processors, line, batch);
		return 0;
	}
	return -EBADMSG;
}
