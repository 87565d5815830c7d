/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A /proc that is scripted: fopen() and access() of the sources that are included behind this. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROC_FILES_MAX 8

static struct {
	size_t n;
	struct {
		const char *path;
		const char *text; /* NULL: it may not be opened, for the error */
		int error;
	} files[PROC_FILES_MAX];
} proc;

/* The newest file of the path counts. */
static inline void proc_put(const char *path, const char *text, int error)
{
	proc.files[proc.n].path = path;
	proc.files[proc.n].text = text;
	proc.files[proc.n++].error = error;
}

static inline FILE *scripted_fopen(const char *path, const char *mode)
{
	(void)mode;
	for (size_t i = proc.n; i-- > 0;) {
		if (strcmp(proc.files[i].path, path) != 0)
			continue;
		errno = proc.files[i].error;
		if (!proc.files[i].text)
			return NULL;
		/* An empty buffer cannot be opened everywhere. */
		if (proc.files[i].text[0] == '\0')
			return fopen("/dev/null", "re");
		return fmemopen((char *)(uintptr_t)proc.files[i].text, strlen(proc.files[i].text),
		                "r");
	}
	errno = ENOENT;
	return NULL;
}

static inline int scripted_access(const char *path, int mode)
{
	(void)mode;
	for (size_t i = proc.n; i-- > 0;)
		if (strcmp(proc.files[i].path, path) == 0 && proc.files[i].error != ENOENT)
			return 0;
	errno = ENOENT;
	return -1;
}

/* A fixture's bytes as a string. */
static inline char *fixture_text(const char *name)
{
	struct fixture fixture = fixture_load(name);
	char *text = realloc(fixture.bytes, fixture.length + 1);

	assert_non_null(text);
	text[fixture.length] = '\0';
	return text;
}

#define fopen  scripted_fopen
#define access scripted_access
