/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The settings of one network namespace, which hardly ever change: read once a minute into rows of
 * their own, which each sample gets copies of.
 */
#include "collectors/stack/sysctls.h"
#include "daemon/collector.h"

struct sysctls_cache {
	struct batch *rows;
	uint64_t next_usec;               /* when they are to be read anew */
	char label[NAMESPACE_LABEL_SIZE]; /* that the rows have */
};

/* NULL: out of memory. */
struct sysctls_cache *sysctls_cache_new(void);

/* NULL is accepted. */
void sysctls_cache_free(struct sysctls_cache *cache);

/*
 * Reads the settings if it is time for that, or the label has changed; the calling thread is in the
 * namespace, see sysctls_write(). Malformed ones are counted. 0, or −ENOMEM with the reason filled.
 */
int sysctls_cache_refresh(struct sysctls_cache *cache, int directory,
                          const struct namespace *namespace, const struct collector_env *env);
