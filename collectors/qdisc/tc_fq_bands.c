/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bands of an fq qdisc, by the priority of packets; there are some since Linux 6.7. */
#include <errno.h>

#include "collectors/qdisc/tc_fq.h"

#define ATTRIBUTE_WEIGHTS 17 /* TCA_FQ_WEIGHTS */

enum {
	WEIGHT,
	DROPS,
	BACKLOG,
};

const struct metric_family tc_fq_band_families[TC_FQ_BAND_FAMILIES] = {
	[WEIGHT] = {
		.name = "txpath_qdisc_fq_band_weight_bytes",
		.help = "Bytes that the band may send in its turn (TCA_FQ_WEIGHTS, weights in tc -d qdisc).",
	},
	[DROPS] = {
		.name = "txpath_qdisc_fq_band_drops_total",
		.help = "Packets of the band dropped at the limit (band_drops of struct tc_fq_qd_stats, drops of band0 and so on in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[BACKLOG] = {
		.name = "txpath_qdisc_fq_band_backlog_packets",
		.help = "Packets of the band that wait (band_pkt_count of struct tc_fq_qd_stats, pkts of band0 and so on in tc -s qdisc).",
	},
};

#define MEMBER(member, band)                                                    \
	.offset = offsetof(struct tc_fq_stats, member) +                        \
		(band) * sizeof(((const struct tc_fq_stats *)NULL)->member[0]), \
	.size = sizeof(((const struct tc_fq_stats *)NULL)->member[0])
#define BAND(band)                                      \
	{                                               \
		{ .family = WEIGHT,                     \
		  .source = TC_OPTION,                  \
		  .attribute = ATTRIBUTE_WEIGHTS,       \
		  .offset = (band) * sizeof(uint32_t),  \
		  .size = sizeof(uint32_t) },           \
			{ .family = DROPS,              \
			  .source = TC_XSTATS,          \
			  MEMBER(band_drops, band),     \
			  .is_later = true },           \
			{ .family = BACKLOG,            \
			  .source = TC_XSTATS,          \
			  MEMBER(band_pkt_count, band), \
			  .is_later = true },           \
	}

static const struct tc_field fields[TC_FQ_BANDS][3] = { BAND(0), BAND(1), BAND(2) };

int tc_fq_write_bands(struct tc_details *details, const struct tc_labels *labels,
                      struct batch *batch)
{
	struct tc_values values[TC_FQ_BANDS];

	for (unsigned i = 0; i < TC_FQ_BANDS; i++) {
		const struct tc_fields band = { TC_FIELDS(fields[i]) };

		if (tc_values_read(&band, &tc_fq.parts_table, details, &values[i]) < 0)
			return -EBADMSG;
	}
	for (unsigned i = 0; i < TC_FQ_BANDS; i++) {
		if (!values[i].present)
			continue;
		tc_labels_part_row(labels, &tc_fq.parts_table, i, batch);
		tc_values_write(&values[i], batch);
	}
	return 0;
}
