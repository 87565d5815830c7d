/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A census whose owners are scripted: the cgroup of id N is "N.service", once it was resolved. */
#define owner_find          scripted_owner_find
#define owner_table_resolve scripted_owner_resolve

#include "tests/unit/socket_sample.h"

#include <errno.h>
#include <stdio.h>

#include "collectors/socket/socket_census.c"

#define OWNERS_MAX 64
#define START_USEC (1000 * USEC_PER_SEC)

static struct {
	bool known[OWNERS_MAX];
	unsigned n_resolutions, n_asked[OWNERS_MAX];
	int error;
} owners;

static struct socket_sample sample;
static struct socket_census *census;
static uint64_t now_usec;

struct label owner_find(struct owner_table *table, uint64_t cgroup_id)
{
	static char names[OWNERS_MAX][16];

	assert_null(table);
	if (!cgroup_id)
		return label_of(OWNER_NONE);
	assert_true(cgroup_id < OWNERS_MAX);
	if (!owners.known[cgroup_id])
		return (struct label){ 0 };
	(void)snprintf(names[cgroup_id], sizeof(names[0]), "%u.service", (unsigned)cgroup_id);
	return label_of(names[cgroup_id]);
}

int owner_table_resolve(struct owner_table *table, const uint64_t *ids, size_t n)
{
	assert_null(table);
	assert_true(n > 0);
	owners.n_resolutions++;
	if (owners.error)
		return reason_set(&sample.reason, owners.error, "scripted");
	for (size_t i = 0; i < n; i++) {
		assert_false(owners.known[ids[i]]);
		owners.n_asked[ids[i]]++;
	}
	for (size_t i = 0; i < n; i++)
		owners.known[ids[i]] = true;
	return 0;
}

/* Other options may be set before the census is opened. */
static inline void script_begin(const char *group_by)
{
	memset(&owners, 0, sizeof(owners));
	sample_init(&sample, group_by);
	now_usec = START_USEC;
}

static inline void script_open(void)
{
	assert_int_equal(socket_census_new(&sample.setup, &census), 0);
}

static inline void script_end(void)
{
	socket_census_free(census);
	census = NULL;
	assert_int_equal(sample.bound.n, 0);
	sample_clear(&sample);
}

/* A sample of these sockets, a second after the one before; it is whole unless it is given up. */
static inline void sample_begin(const struct socket_message *sockets, size_t n)
{
	now_usec += USEC_PER_SEC;
	socket_census_begin(census, now_usec);
	for (size_t i = 0; i < n; i++)
		socket_census_add(census, &sockets[i]);
}

static inline void take_sample(const struct socket_message *sockets, size_t n)
{
	sample_begin(sockets, n);
	assert_int_equal(socket_census_end(census), 0);
}

static inline const struct socket_group *group(enum socket_protocol protocol, const char *unit)
{
	const struct socket_groups *groups = &census->groups[protocol];

	for (size_t i = 0; i < groups->n; i++)
		if (groups->groups[i].unit.length == strlen(unit) &&
		    memcmp(groups->groups[i].unit.value, unit, strlen(unit)) == 0)
			return &groups->groups[i];
	fail_msg("no group %s", unit);
	abort();
}

/* What all groups of a protocol amount to. */
static inline struct socket_totals totals_of(enum socket_protocol protocol)
{
	const struct socket_groups *groups = &census->groups[protocol];
	struct socket_totals all = { 0 };

	for (size_t i = 0; i < groups->n; i++)
		socket_totals_add(&all, &groups->groups[i].totals);
	return all;
}

static inline struct socket_sums sums_of(enum socket_protocol protocol)
{
	const struct socket_groups *groups = &census->groups[protocol];
	struct socket_sums all = { 0 };

	for (size_t i = 0; i < groups->n; i++)
		socket_sums_add(&all, &groups->groups[i].sums);
	return all;
}
