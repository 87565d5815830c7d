/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/opening.h"

int opening_open(struct opening *opening, const struct collector_ops *ops,
                 struct settings *settings, const struct collector_env *env)
{
	struct collector_tally *tally = env->tally;
	int r;

	opening->settings = settings_ref(settings);
	opening->env = *env;
	opening->env.options = settings_collector_own(settings, ops);
	opening->env.scope = settings_scope(settings);
	/* Said of what there was till now. */
	tally->n_namespaces = 0;
	tally->n_unreachable_namespaces = 0;
	tally->n_untracked_namespaces = 0;
	tally->n_programs = 0;
	tally->n_losses = 0;
	r = ops->open(&opening->env, &opening->state);
	opening->env.former = NULL;
	opening->open = r == 0;
	opening->lack = *env->reason;
	return r;
}

void opening_close(struct opening *opening, const struct collector_ops *ops)
{
	if (opening->open)
		ops->close(opening->state);
	settings_unref(opening->settings);
	*opening = (struct opening){ 0 };
}
