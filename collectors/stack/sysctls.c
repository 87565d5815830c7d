/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Some settings are of the whole machine: most have a file in its first network namespace only, some
 * show the same in all of them. Others came with some version of Linux: a file that is not there is
 * none of ours. A file is opened for each reading, as kept open they would be many, and nothing is
 * in a hurry.
 */
#include "collectors/stack/sysctls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#define NUMBERS_MAX 3

static const struct metric_family sysctls_families[] = {
	{
		.name = "txpath_sysctl",
		.help = "A setting of the kernel as sysctl(8) shows it, in its own unit; field says which number of several. A tcp_notsent_lowat of 4294967295 is none.",
	},
};

const struct metric_table sysctls_table = {
	.labels = { "name", "field", "netns" },
	.families = sysctls_families,
	.n_families = ARRAY_SIZE(sysctls_families),
};

enum {
	TCP_LIMIT,
	UDP_LIMIT,
	LIMITS,
};

static const struct metric_family limit_families[LIMITS] = {
	[TCP_LIMIT] = {
		.name = "txpath_tcp_memory_limit_bytes",
		.help = "Bounds of txpath_tcp_memory_bytes: from pressure until again below low TCP saves, beyond high it refuses (net.ipv4.tcp_mem, in pages there).",
	},
	[UDP_LIMIT] = {
		.name = "txpath_udp_memory_limit_bytes",
		.help = "Bounds of txpath_udp_memory_bytes (net.ipv4.udp_mem, in pages there).",
	},
};

const struct metric_table sysctls_limit_table = {
	.labels = { "level" },
	.families = limit_families,
	.n_families = LIMITS,
};

enum {
	CURRENT,
	AVAILABLE,
	CONGESTION_FAMILIES,
};

static const struct metric_family congestion_families[CONGESTION_FAMILIES] = {
	[CURRENT] = {
		.name = "txpath_tcp_congestion_control_info",
		.help = "The congestion control of new connections, as label; always 1 (net.ipv4.tcp_congestion_control).",
	},
	[AVAILABLE] = {
		.name = "txpath_tcp_congestion_control_available_info",
		.help = "The congestion controls that the kernel has or has loaded, as labels; always 1 (net.ipv4.tcp_available_congestion_control).",
	},
};

const struct metric_table sysctls_congestion_table = {
	.labels = { "algorithm", "netns" },
	.families = congestion_families,
	.n_families = CONGESTION_FAMILIES,
};

static const struct metric_family qdisc_families[] = {
	{
		.name = "txpath_qdisc_default_info",
		.help = "The kind of qdisc that new devices get, as label; always 1 (net.core.default_qdisc).",
	},
};

const struct metric_table sysctls_qdisc_table = {
	.labels = { "kind" },
	.families = qdisc_families,
	.n_families = ARRAY_SIZE(qdisc_families),
};

/* A file of numbers. */
struct sysctl {
	const char *name;
	const char *const *fields; /* one for each number; NULL: there is one, without a name */
	const unsigned *limit;     /* the family of limits that they are, in pages; or NULL */
	bool of_machine;           /* the same in every network namespace */
};

static const char *const levels[NUMBERS_MAX] = { "low", "pressure", "high" };
static const char *const sizes[NUMBERS_MAX] = { "min", "default", "max" };
static const unsigned tcp_limit = TCP_LIMIT, udp_limit = UDP_LIMIT;

static const struct sysctl numbers[] = {
	{ .name = "net.core.dev_weight", .of_machine = true },
	{ .name = "net.core.dev_weight_tx_bias", .of_machine = true },
	{ .name = "net.core.high_order_alloc_disable", .of_machine = true },
	{ .name = "net.core.netdev_budget", .of_machine = true },
	{ .name = "net.core.netdev_budget_usecs", .of_machine = true },
	{ .name = "net.core.optmem_max" },
	{ .name = "net.core.txrehash" },
	{ .name = "net.core.wmem_default", .of_machine = true },
	{ .name = "net.core.wmem_max", .of_machine = true },
	{ .name = "net.ipv4.ip_no_pmtu_disc" },
	{ .name = "net.ipv4.tcp_autocorking" },
	{ .name = "net.ipv4.tcp_base_mss" },
	{ .name = "net.ipv4.tcp_dsack" },
	{ .name = "net.ipv4.tcp_early_retrans" },
	{ .name = "net.ipv4.tcp_ecn" },
	{ .name = "net.ipv4.tcp_frto" },
	{ .name = "net.ipv4.tcp_limit_output_bytes" },
	{ .name = "net.ipv4.tcp_max_orphans", .of_machine = true },
	{ .name = "net.ipv4.tcp_max_reordering" },
	{ .name = "net.ipv4.tcp_mem", .fields = levels, .limit = &tcp_limit, .of_machine = true },
	{ .name = "net.ipv4.tcp_min_tso_segs" },
	{ .name = "net.ipv4.tcp_mtu_probing" },
	{ .name = "net.ipv4.tcp_no_metrics_save" },
	{ .name = "net.ipv4.tcp_notsent_lowat" },
	{ .name = "net.ipv4.tcp_orphan_retries" },
	{ .name = "net.ipv4.tcp_pacing_ca_ratio" },
	{ .name = "net.ipv4.tcp_pacing_ss_ratio" },
	{ .name = "net.ipv4.tcp_plb_enabled" },
	{ .name = "net.ipv4.tcp_recovery" },
	{ .name = "net.ipv4.tcp_reordering" },
	{ .name = "net.ipv4.tcp_retries1" },
	{ .name = "net.ipv4.tcp_retries2" },
	{ .name = "net.ipv4.tcp_retrans_collapse" },
	{ .name = "net.ipv4.tcp_rto_max_ms" },
	{ .name = "net.ipv4.tcp_rto_min_us" },
	{ .name = "net.ipv4.tcp_sack" },
	{ .name = "net.ipv4.tcp_slow_start_after_idle" },
	{ .name = "net.ipv4.tcp_syn_retries" },
	{ .name = "net.ipv4.tcp_synack_retries" },
	{ .name = "net.ipv4.tcp_thin_linear_timeouts" },
	{ .name = "net.ipv4.tcp_timestamps" },
	{ .name = "net.ipv4.tcp_tso_rtt_log" },
	{ .name = "net.ipv4.tcp_tso_win_divisor" },
	{ .name = "net.ipv4.tcp_window_scaling" },
	{ .name = "net.ipv4.tcp_wmem", .fields = sizes },
	{ .name = "net.ipv4.udp_mem", .fields = levels, .limit = &udp_limit, .of_machine = true },
	{ .name = "net.ipv4.udp_wmem_min" },
};

/* A file of words, each a label. */
static const struct {
	const char *name;
	const struct metric_table *table;
	unsigned family;
	bool of_machine; /* the same in every network namespace */
} words[] = {
	{ "net.core.default_qdisc", &sysctls_qdisc_table, 0, true },
	{ "net.ipv4.tcp_available_congestion_control", &sysctls_congestion_table, AVAILABLE, true },
	{ "net.ipv4.tcp_congestion_control", &sysctls_congestion_table, CURRENT, false },
};

/* Whether there is a file; its first line is ret_line then, or an empty one if that was cut. */
static bool read_file(int directory, const char *name, struct proc_text *text,
                      struct proc_span *ret_line)
{
	struct proc_span rest;
	bool whole = false;
	char path[128];
	int fd cleanup(close) = -1;

	(void)snprintf(path, sizeof(path), "%s", name);
	for (char *dot = strchr(path, '.'); dot; dot = strchr(dot, '.'))
		*dot = '/';
	fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || proc_text_read(text, fd) < 0)
		return false;
	rest = proc_text_span(text);
	if (!proc_line_next(&rest, ret_line, &whole) || !whole)
		*ret_line = (struct proc_span){ rest.end, rest.end };
	return true;
}

/* The numbers of the line, which are to be n. */
static int parse_numbers(struct proc_span line, size_t n, uint64_t ret_values[NUMBERS_MAX])
{
	struct proc_span word;

	for (size_t i = 0; i < n; i++) {
		if (!proc_word_next(&line, &word) || proc_number_parse(word, &ret_values[i]) < 0)
			return -EBADMSG;
	}
	return proc_word_next(&line, &word) ? -EBADMSG : 0;
}

static void write_limits(unsigned family, const uint64_t *values, struct batch *batch)
{
	const uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < NUMBERS_MAX; i++) {
		const struct label label = label_of(levels[i]);

		/* Bounds are as large as anyone likes: one beyond all numbers is none. */
		if (values[i] > UINT64_MAX / page_size)
			continue;
		batch_row(batch, &sysctls_limit_table, &label, 1);
		batch_count(batch, family, values[i] * page_size);
	}
}

static int write_numbers(const struct sysctl *sysctl, struct proc_span line, struct label netns,
                         struct batch *batch)
{
	const size_t n = sysctl->fields ? NUMBERS_MAX : 1;
	uint64_t values[NUMBERS_MAX] = { 0 };

	if (parse_numbers(line, n, values) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++) {
		const struct label labels[] = {
			label_of(sysctl->name),
			label_of(sysctl->fields ? sysctl->fields[i] : ""),
			netns,
		};

		batch_row(batch, &sysctls_table, labels, ARRAY_SIZE(labels));
		batch_count(batch, 0, values[i]);
	}
	if (sysctl->limit)
		write_limits(*sysctl->limit, values, batch);
	return 0;
}

static void write_words(size_t i, struct proc_span line, struct label netns, struct batch *batch)
{
	const struct metric_table *table = words[i].table;
	struct proc_span word;

	while (proc_word_next(&line, &word)) {
		const struct label labels[] = { { word.start, proc_span_length(word) }, netns };

		batch_row(batch, table, labels, table->labels[1] ? 2 : 1);
		batch_count(batch, words[i].family, 1);
	}
}

uint64_t sysctls_write(int directory, const struct namespace *namespace, struct proc_text *text,
                       struct batch *batch)
{
	const struct label netns = namespace_label(namespace);
	uint64_t n_malformed = 0;
	struct proc_span line;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (!(namespace && numbers[i].of_machine) &&
		    read_file(directory, numbers[i].name, text, &line) &&
		    write_numbers(&numbers[i], line, netns, batch) < 0)
			n_malformed++;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!(namespace && words[i].of_machine) &&
		    read_file(directory, words[i].name, text, &line))
			write_words(i, line, netns, batch);
	}
	return n_malformed;
}
