/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/stack/sysctls_cache.h"

#include "daemon/clock.h"

#define INTERVAL_USEC (60 * USEC_PER_SEC)

struct sysctls_cache *sysctls_cache_new(void)
{
	struct sysctls_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->rows = batch_new(SIZE_MAX);
	if (cache->rows)
		return cache;
	free(cache);
	return NULL;
}

void sysctls_cache_free(struct sysctls_cache *cache)
{
	if (!cache)
		return;
	batch_free(cache->rows);
	free(cache);
}

int sysctls_cache_refresh(struct sysctls_cache *cache, int directory,
                          const struct namespace *namespace, const struct collector_env *env)
{
	const char *label = namespace ? namespace->label : "";
	uint64_t now_usec = monotonic_usec();
	struct proc_text text = { 0 };
	int error;

	if (now_usec < cache->next_usec && strcmp(label, cache->label) == 0)
		return 0;
	batch_reset(cache->rows, SIZE_MAX);
	env->tally->skipped_objects += sysctls_write(directory, namespace, &text, cache->rows);
	proc_text_release(&text);
	error = batch_error(cache->rows);
	if (error < 0)
		return reason_set(env->reason, error, "out of memory");
	(void)snprintf(cache->label, sizeof(cache->label), "%s", label);
	cache->next_usec = now_usec + INTERVAL_USEC;
	return 0;
}
