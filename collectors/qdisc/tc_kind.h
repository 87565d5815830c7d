/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A kind of qdisc: what classes it has, and what it tells of itself beyond what all do. A kind that
 * is not known has just the common values.
 */
#include "collectors/qdisc/tc_field.h"
#include "collectors/qdisc/tc_labels.h"
#include "daemon/metric.h"

struct tc_kind {
	char name[TC_KIND_SIZE];
	enum tc_classes classes;
	size_t options_header; /* bytes of TCA_OPTIONS before its attributes */

	/*
	 * Minor number of the first class that sums up others, to whose packets waiting the kernel
	 * adds again whenever somebody asks: they are not told. 0: there is none.
	 */
	uint16_t first_sum;

	/* Values of the tables that all qdiscs, and all classes, have (tc_families.h). */
	struct tc_fields qdisc_common;
	struct tc_fields class_common;

	/* Tables of its own; without families there is none. */
	struct metric_table qdisc_table;
	struct tc_fields qdisc;
	struct metric_table class_table;
	struct tc_fields class;

	/*
	 * Parts of a qdisc, each with a row of its own and a further label. Writes all of them, or
	 * none and −EBADMSG.
	 */
	struct metric_table parts_table;
	int (*write_parts)(struct tc_details *details, const struct tc_labels *labels,
	                   struct batch *batch);
};

#define TC_FIELDS(array)   .list = (array), .n = ARRAY_SIZE(array)
#define TC_FAMILIES(array) .families = (array), .n_families = ARRAY_SIZE(array)

/* Always one: of a name that is not known it is one without anything but classes. */
const struct tc_kind *tc_kind_find(const char name[static TC_KIND_SIZE]);

extern const struct tc_kind tc_bfifo, tc_cake, tc_cbs, tc_choke, tc_codel, tc_drr, tc_etf, tc_ets,
	tc_fq, tc_fq_codel, tc_fq_pie, tc_gred, tc_hfsc, tc_hhf, tc_htb, tc_mqprio, tc_multiq,
	tc_netem, tc_pfifo, tc_pfifo_fast, tc_pfifo_head_drop, tc_pie, tc_prio, tc_qfq, tc_red,
	tc_sfb, tc_sfq, tc_skbprio, tc_taprio, tc_tbf;
