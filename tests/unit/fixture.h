/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Recorded netlink messages (tests/fixtures), and the values that a batch holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/netlink.h>
#include <stdio.h>

#include "collectors/netlink.h"
#include "daemon/batch.h"

/* The messages of a fixture, in heap memory of exactly their length. */
struct fixture {
	size_t length;
	char *bytes;
};

static inline struct fixture fixture_load(const char *name)
{
	const char *directory = getenv("FIXTURES");
	struct fixture fixture = { 0 };
	char path[4096];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", directory ? directory : "tests/fixtures", name);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	fixture.length = (size_t)ftell(file);
	fixture.bytes = malloc(fixture.length);
	rewind(file);
	assert_int_equal(fread(fixture.bytes, 1, fixture.length, file), fixture.length);
	assert_int_equal(fclose(file), 0);
	return fixture;
}

static inline void fixture_free(struct fixture *fixture)
{
	free(fixture->bytes);
}

/* Hands each message to take, as netlink_dump() does. */
static inline int fixture_replay(const struct fixture *fixture, netlink_message_fn take,
                                 void *context)
{
	for (size_t offset = 0; offset < fixture->length;) {
		const struct nlmsghdr *message = (const void *)(fixture->bytes + offset);
		int error = take(message, context);

		if (error)
			return error;
		offset += NLMSG_ALIGN(message->nlmsg_len);
	}
	return 0;
}

/* Hands each message to take again and again, cut at every length that holds a header. */
static inline void fixture_replay_cut(const struct fixture *fixture, netlink_message_fn take,
                                      void *context)
{
	for (size_t offset = 0; offset < fixture->length;) {
		const struct nlmsghdr *whole = (const void *)(fixture->bytes + offset);

		for (uint32_t length = NLMSG_HDRLEN; length <= whole->nlmsg_len; length++) {
			struct nlmsghdr *cut = malloc(length);

			assert_non_null(cut);
			memcpy(cut, whole, length);
			cut->nlmsg_len = length;
			(void)take(cut, context);
			free(cut);
		}
		offset += NLMSG_ALIGN(whole->nlmsg_len);
	}
}

/* A message of a header of its own and the attributes that the caller puts behind it. */
static inline struct nlmsghdr *message_begin(void *buffer, uint16_t type, const void *header,
                                             size_t size)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	message->nlmsg_type = type;
	memcpy(mnl_nlmsg_put_extra_header(message, size), header, size);
	return message;
}

static inline bool label_is(const struct label *label, const char *value, size_t length)
{
	return label->length == length && (!length || memcmp(label->value, value, length) == 0);
}

/*
 * The one row that has a value of the family and the labels, which are joined by spaces, "-" for an
 * absent one; NULL when there is none.
 */
static inline const struct batch_row *batch_find(const struct batch *batch, const char *family,
                                                 const char *labels, unsigned *ret_family)
{
	const struct batch_row *found = NULL;

	for (size_t i = 0; i < batch->n_tables; i++) {
		const struct batch_table *table = &batch->tables[i];

		for (const struct batch_row *row = table->first; row; row = row->next) {
			const char *position = labels;
			bool same = true;

			for (size_t j = 0; j < table->n_labels; j++) {
				size_t length = strcspn(position, " ");
				bool absent = length == 1 && *position == '-';

				same &= label_is(&row->labels[j], position, absent ? 0 : length);
				position += length + (position[length] == ' ');
			}
			for (unsigned j = 0; j < table->table->n_families && same; j++) {
				if (strcmp(table->table->families[j].name, family) != 0 ||
				    !(row->present >> j & 1))
					continue;
				assert_null(found);
				found = row;
				*ret_family = j;
			}
		}
	}
	return found;
}

/* The value, which must be there. */
static inline union metric_value batch_value_of(const struct batch *batch, const char *family,
                                                const char *labels)
{
	unsigned place = 0;
	const struct batch_row *row = batch_find(batch, family, labels, &place);

	if (!row) {
		fail_msg("no %s{%s}", family, labels);
		abort();
	}
	return row->values[place];
}

static inline uint64_t batch_value(const struct batch *batch, const char *family,
                                   const char *labels)
{
	return batch_value_of(batch, family, labels).count;
}

static inline const struct histogram *batch_histogram_value(const struct batch *batch,
                                                            const char *family, const char *labels)
{
	return batch_value_of(batch, family, labels).histogram;
}

static inline bool batch_has(const struct batch *batch, const char *family, const char *labels)
{
	unsigned place;

	return batch_find(batch, family, labels, &place) != NULL;
}
