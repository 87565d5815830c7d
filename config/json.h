/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* jansson, with the two things that it lacks: ownership by scope, and errors told apart. */
#include <jansson.h>

#include "daemon/cleanup.h"

DEFINE_CLEANUP(json_t, json_decref)

/*
 * Parses any JSON value without duplicate keys: 0 and a new reference, −EINVAL with the error
 * filled, or −ENOMEM.
 */
int json_read(const char *text, size_t n_bytes, json_error_t *error, json_t **ret_json);
