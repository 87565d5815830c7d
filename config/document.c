/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jansson tells how far it had read when it gave up: the fault is put at the token that it had read
 * last, which is where the eye should go.
 */
#include "config/document.h"

#include <errno.h>
#include <string.h>

#include "config/json.h"
#include "config/position.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define TOKEN_MAX       64

bool document_is_comment(const char *key)
{
	return strncmp(key, "//", strlen("//")) == 0 ||
		strncmp(key, "_comment", strlen("_comment")) == 0;
}

static const char *token_hint(const char *text, struct position_tokens tokens)
{
	char token = text[tokens.last];

	if (token == '/' || token == '#')
		return "; JSON has no comments, use a key \"//\"";
	if (token == '\'')
		return "; strings are in double quotes";
	if ((token == '}' || token == ']') && text[tokens.previous] == ',')
		return "; no comma is allowed before it";
	return "";
}

static void report_token(struct report *report, const json_error_t *error)
{
	struct position_tokens tokens = position_find_tokens(report->text, (size_t)error->position);
	const char *token = report->text + tokens.last;
	size_t n = position_token_end(report->text, tokens.last) - tokens.last;
	int n_shown = n < TOKEN_MAX ? (int)n : TOKEN_MAX;
	const char *hint = token_hint(report->text, tokens);

	switch ((int)json_error_code(error)) {
	case json_error_premature_end_of_input:
		report_at(report, tokens.last + n, "unexpected end of file");
		break;
	case json_error_duplicate_key:
		report_at(report, tokens.last, "duplicate key %.*s", n_shown, token);
		break;
	case json_error_stack_overflow:
		report_at(report, tokens.last, "nested too deeply");
		break;
	case json_error_numeric_overflow:
		report_at(report, tokens.last, "%.*s is too large a number", n_shown, token);
		break;
	case json_error_null_character:
	case json_error_null_byte_in_key:
		report_at(report, tokens.last, "a NUL character is not allowed");
		break;
	default:
		report_at(report, tokens.last, "%s%s", error->text, hint);
	}
}

static void report_syntax(struct report *report, const json_error_t *error)
{
	size_t offset = (size_t)error->position;

	if (json_error_code(error) == json_error_invalid_utf8)
		report_at(report, offset, "byte 0x%02x is not valid UTF-8",
		          (unsigned char)report->text[offset]);
	else
		report_token(report, error);
}

/* What jansson would put less clearly; whether there was any such fault. */
static bool report_foreign(struct report *report, size_t n_bytes)
{
	size_t n_text = strlen(report->text);

	if (n_text != n_bytes)
		report_at(report, n_text, "NUL byte: this is no text");
	else if (strncmp(report->text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		report_at(report, 0, "byte order mark: write the file as UTF-8 without it");
	else if (report->text[position_find_value(report->text, NULL)] == '\0')
		report_at(report, 0, "empty; the least is {}");
	else
		return false;
	return true;
}

json_t *document_parse(struct report *report, size_t n_bytes)
{
	json_t *document cleanup(json_decref) = NULL;
	json_error_t error;
	int r;

	if (report_foreign(report, n_bytes))
		return NULL;
	r = json_read(report->text, n_bytes, &error, &document);
	if (r == -ENOMEM) {
		report_out_of_memory(report);
	} else if (r < 0) {
		report_syntax(report, &error);
	} else if (!json_is_object(document)) {
		report_value(report, "expected an object");
		return NULL;
	}
	return steal_pointer(document);
}
