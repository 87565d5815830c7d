/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/qdisc/tc_field.h"

#include <assert.h>
#include <errno.h>

#include "collectors/attribute.h"

int tc_option(struct tc_details *details, unsigned attribute, const struct nlattr **ret_found)
{
	const struct tc_bytes *options = &details->options;
	size_t header = NLMSG_ALIGN(details->options_header);

	if (!details->options_sorted) {
		/* Without attributes a structure may end without its padding. */
		if (options->size < details->options_header)
			return -EBADMSG;
		header = header < options->size ? header : options->size;
		if (attributes_sort(options->bytes + header, options->size - header,
		                    details->option, TC_ATTRIBUTES_MAX) < 0)
			return -EBADMSG;
		details->options_sorted = true;
	}
	assert(attribute < TC_ATTRIBUTES_MAX);
	*ret_found = details->option[attribute];
	return 0;
}

int tc_xstat(struct tc_details *details, unsigned attribute, const struct nlattr **ret_found)
{
	if (!details->xstats_sorted) {
		if (attributes_sort(details->xstats.bytes, details->xstats.size, details->xstat,
		                    TC_ATTRIBUTES_MAX) < 0)
			return -EBADMSG;
		details->xstats_sorted = true;
	}
	assert(attribute < TC_ATTRIBUTES_MAX);
	*ret_found = details->xstat[attribute];
	return 0;
}

/* What holds the field; nothing at all is no bytes at NULL. */
static int find_source(const struct tc_field *field, struct tc_details *details,
                       struct tc_bytes *ret_bytes)
{
	const struct nlattr *attribute = NULL;
	int error = 0;

	switch (field->source) {
	case TC_OPTIONS:
		*ret_bytes = details->options;
		return 0;
	case TC_XSTATS:
		*ret_bytes = details->xstats;
		return 0;
	case TC_OPTION:
		if (details->options.bytes)
			error = tc_option(details, field->attribute, &attribute);
		break;
	case TC_XSTAT:
		if (details->xstats.bytes)
			error = tc_xstat(details, field->attribute, &attribute);
		break;
	}
	*ret_bytes = tc_bytes_of(attribute);
	return error;
}

/* Messages are only 4-byte aligned. */
static uint64_t integer(const char *bytes, size_t size)
{
	uint64_t eight;
	uint32_t four;
	uint16_t two;

	switch (size) {
	case 8:
		memcpy(&eight, bytes, sizeof(eight));
		return eight;
	case 4:
		memcpy(&four, bytes, sizeof(four));
		return four;
	case 2:
		memcpy(&two, bytes, sizeof(two));
		return two;
	}
	return *(const unsigned char *)bytes;
}

static double real(const struct tc_field *field, uint64_t number)
{
	unsigned shift = 64 - 8 * field->size;

	if (!field->is_signed)
		return (double)number * field->factor;
	return (double)((int64_t)(number << shift) >> shift) * field->factor;
}

/* A field of no family is a count. */
static bool is_real(const struct metric_table *table, unsigned family)
{
	return family < table->n_families && table->families[family].unit == METRIC_DOUBLE;
}

static void take(const struct tc_field *field, bool is_real, uint64_t number,
                 struct tc_values *values)
{
	uint64_t largest = UINT64_MAX >> (64 - 8 * field->size);
	union metric_value *value = &values->of[field->family];

	if ((field->unless_zero && number == 0) || (field->unless_largest && number == largest))
		return;
	values->present |= UINT64_C(1) << field->family;
	if (is_real)
		value->real = real(field, number);
	else
		value->count = field->times ? number * field->times : number;
}

int tc_values_read(const struct tc_fields *fields, const struct metric_table *table,
                   struct tc_details *details, struct tc_values *ret_values)
{
	ret_values->present = 0;
	for (size_t i = 0; i < fields->n; i++) {
		const struct tc_field *field = &fields->list[i];
		struct tc_bytes source;
		int error = find_source(field, details, &source);

		if (error < 0)
			return error;
		if (!source.bytes)
			continue;
		if (source.size < (size_t)field->offset + field->size) {
			if (field->is_later)
				continue;
			return -EBADMSG;
		}
		take(field, is_real(table, field->family),
		     integer(source.bytes + field->offset, field->size), ret_values);
	}
	if (fields->adjust && fields->adjust(ret_values) < 0)
		return -EBADMSG;
	ret_values->present &= (UINT64_C(1) << table->n_families) - 1;
	return 0;
}

void tc_values_write(const struct tc_values *values, struct batch *batch)
{
	for (uint64_t left = values->present; left; left &= left - 1) {
		unsigned family = (unsigned)__builtin_ctzll(left);

		batch->row->values[family] = values->of[family];
		batch_add_series(batch, family, 1);
	}
}

void tc_values_fill(struct tc_values *values, unsigned bucket, unsigned rate)
{
	double bytes;

	if (!tc_values_have(values, bucket))
		return;
	if (!tc_values_have(values, rate)) {
		tc_values_drop(values, bucket);
		return;
	}
	bytes = (double)values->of[bucket].count * TC_TICKS * (double)values->of[rate].count / 1e9;
	values->of[bucket].count = bytes < 0x1p64 ? (uint64_t)bytes : UINT64_MAX;
}

void tc_values_flag(struct tc_values *values, unsigned family, uint64_t mask)
{
	if (tc_values_have(values, family))
		values->of[family].count = (values->of[family].count & mask) != 0;
}
