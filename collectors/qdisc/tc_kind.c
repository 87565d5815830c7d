/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/qdisc/tc_kind.h"

/* Kinds that have nothing of their own to tell, and no classes. */
static const struct tc_kind noqueue = { .name = "noqueue" };
static const struct tc_kind clsact = { .name = "clsact" };
static const struct tc_kind ingress = { .name = "ingress" };
static const struct tc_kind noop = { .name = "noop" };
static const struct tc_kind plug = { .name = "plug" };
static const struct tc_kind blackhole = { .name = "blackhole" };

/* And classes, or perhaps. */
static const struct tc_kind mq = { .name = "mq", .classes = TC_CLASSES_REAL };
static const struct tc_kind unknown = { .classes = TC_CLASSES_REAL };

/* The most common ones first. */
static const struct tc_kind *const kinds[] = {
	&noqueue,
	&tc_fq_codel,
	&tc_pfifo_fast,
	&mq,
	&tc_htb,
	&tc_pfifo,
	&tc_fq,
	&clsact,
	&ingress,
	&tc_sfq,
	&tc_tbf,
	&tc_cake,
	&tc_prio,
	&tc_netem,
	&tc_bfifo,
	&tc_hfsc,
	&tc_mqprio,
	&tc_codel,
	&tc_pie,
	&tc_fq_pie,
	&tc_red,
	&tc_choke,
	&tc_sfb,
	&tc_drr,
	&tc_qfq,
	&tc_ets,
	&tc_taprio,
	&tc_etf,
	&tc_cbs,
	&tc_hhf,
	&plug,
	&noop,
	&tc_multiq,
	&tc_skbprio,
	&tc_gred,
	&blackhole,
	&tc_pfifo_head_drop,
};

const struct tc_kind *tc_kind_find(const char name[static TC_KIND_SIZE])
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (memcmp(kinds[i]->name, name, TC_KIND_SIZE) == 0)
			return kinds[i];
	return &unknown;
}
