/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One RTM_NEWQDISC or RTM_NEWTCLASS of any bytes, parsed and written as both; and the options and
 * statistics of every kind in turn, so that none has to be found by its name.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/qdisc/tc_kind.h"
#include "collectors/qdisc/tc_metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tc_kind *const kinds[] = {
	&tc_bfifo,    &tc_cake,       &tc_cbs,
	&tc_choke,    &tc_codel,      &tc_drr,
	&tc_etf,      &tc_ets,        &tc_fq,
	&tc_fq_codel, &tc_fq_pie,     &tc_gred,
	&tc_hfsc,     &tc_hhf,        &tc_htb,
	&tc_mqprio,   &tc_multiq,     &tc_netem,
	&tc_pfifo,    &tc_pfifo_fast, &tc_pfifo_head_drop,
	&tc_pie,      &tc_prio,       &tc_qfq,
	&tc_red,      &tc_sfb,        &tc_sfq,
	&tc_skbprio,  &tc_taprio,     &tc_tbf,
};

static void write_both(const struct tc_object *object, struct batch *batch)
{
	static const struct device device = { 1, 4, "eth0" };
	static const struct tc_place place = { &device, NULL };

	(void)tc_write_qdisc(object, 1, &place, batch);
	(void)tc_write_class(object, 1, &place, batch);
	assert(batch->n_series <= 512);
}

static void check_message(const struct nlmsghdr *message, struct batch *batch)
{
	struct tc_object object;

	if (tc_object_parse(message, &object) < 0)
		return;
	assert(object.kind_length < TC_KIND_SIZE);
	assert(strlen(object.kind) == object.kind_length);
	write_both(&object, batch);
}

/* The first byte chooses the kind, the second where the options end and the statistics begin. */
static void check_details(const char *bytes, size_t size, struct batch *batch)
{
	const unsigned char *choice = (const unsigned char *)bytes;
	struct tc_object object = { .how = kinds[choice[0] % ARRAY_SIZE(kinds)],
		                    .has_bytes = true };
	size_t n_options = 4 * (size_t)choice[1];

	memcpy(object.kind, object.how->name, sizeof(object.kind));
	object.kind_length = strlen(object.kind);
	bytes += 4;
	size -= 4;
	n_options = n_options < size ? n_options : size;
	object.options = (struct tc_bytes){ bytes, n_options };
	object.xstats = (struct tc_bytes){ bytes + n_options, size - n_options };
	batch_reset(batch, SIZE_MAX);
	write_both(&object, batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct batch *batch;
	struct nlmsghdr *message = malloc(size);

	if (!batch)
		batch = batch_new(SIZE_MAX);
	if (batch && message && size >= sizeof(*message)) {
		memcpy(message, data, size);
		check_details((const char *)message, size, batch);
		message->nlmsg_len = (uint32_t)size;
		batch_reset(batch, SIZE_MAX);
		check_message(message, batch);
	}
	free(message);
	return 0;
}
