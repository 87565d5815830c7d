/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a document may hold that is wrong, each with the exact text and position of the fault. */
#include "tests/unit/configuration_sample.h"

struct fault_case {
	const char *text;
	const char *fault; /* behind "txpathd.json:" */
};

static void expect_each(struct sample *sample, const struct fault_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char expected[1024];

		(void)snprintf(expected, sizeof(expected), "txpathd.json:%s", cases[i].fault);
		sample_write(sample, "txpathd.json", cases[i].text);
		sample_expect_faults(sample, expected);
	}
}

static void unknown_keys(void **state)
{
	static const struct fault_case cases[] = {
		{ "{\"htpp\": {}}", "1:2: unknown key \"htpp\", did you mean \"http\"?" },
		{ "{\"HTTP\": 1}", "1:2: unknown key \"HTTP\", did you mean \"http\"?" },
		{ "{\"collector\": {}}",
		  "1:2: unknown key \"collector\", did you mean \"collectors\"?" },
		{ "{\"namespace\": \"own\"}",
		  "1:2: unknown key \"namespace\", did you mean \"namespaces\"?" },
		{ "{\"colour\": 1}", "1:2: unknown key \"colour\"" },
		{ "{\"\": 1}", "1:2: unknown key \"\"" },
		{ "{\n  \"collectors\": {\n    \"sockets\": {}\n  }\n}",
		  "3:5: unknown key \"sockets\" in \"collectors\", did you mean \"socket\"?" },
		{ "{\"collectors\": {\"tcp\": {}}}",
		  "1:17: unknown key \"tcp\" in \"collectors\"" },
		{ "{\"collectors\": {\"nic\": {\n\t\"enabeld\": true}}}",
		  "2:2: unknown key \"enabeld\" in \"collectors.nic\", did you mean \"enabled\"?" },
		{ "{\"http\": {\"lis-ten\": 1}}",
		  "1:11: unknown key \"lis-ten\" in \"http\", did you mean \"listen\"?" },
		{ "{\"http\": {\"$schema\": 1}}", "1:11: unknown key \"$schema\" in \"http\"" },
		{ "{\"http\": {\"/\": 1}}", "1:11: unknown key \"/\" in \"http\"" },
		{ "{\"http\": {\"_\": 1}}", "1:11: unknown key \"_\" in \"http\"" },
		{ "{\"http.port\": 1}", "1:2: unknown key \"http.port\"" },
	};

	expect_each(*state, cases, ARRAY_SIZE(cases));
}

static void known_keys_elsewhere(void **state)
{
	static const struct fault_case cases[] = {
		{ "{\"port\": 1}", "1:2: unknown key \"port\", did you mean \"http.port\"?" },
		{ "{\"nic\": {}}", "1:2: unknown key \"nic\", did you mean \"collectors.nic\"?" },
		{ "{\"http\": {\"namespaces\": \"all\"}}",
		  "1:11: unknown key \"namespaces\" in \"http\", did you mean the top-level "
		  "\"namespaces\"?" },
		{ "{\"interval\": \"1s\"}", "1:2: unknown key \"interval\"" },
	};

	expect_each(*state, cases, ARRAY_SIZE(cases));
}

static void foreign_characters_in_keys(void **state)
{
	static const struct fault_case cases[] = {
		{ "{\"a\\u001b[31m\\n\": 1}", "1:2: unknown key \"a\\u001b[31m\\u000a\"" },
		{ "{\"\\\"\\\\\": 1}", "1:2: unknown key \"\\\"\\\\\"" },
		{ "{\"\u202ex\": 1}", "1:2: unknown key \"\\u202ex\"" },
		{ "{\"schl\u00fcssel\": 1}", "1:2: unknown key \"schl\u00fcssel\"" },
		{ "{\"//\u00fc\": \"\u20ac\", \"x\": 1}", "1:14: unknown key \"x\"" },
		{ "{\"0123456789012345678901234567890123456789012345678\": 1}",
		  "1:2: unknown key \"012345678901234567890123456789012345678901234567\u2026\"" },
		{ "{\"\x7f\": 1, \"\x7f\": 1}", "1:10: duplicate key \"?\"" },
	};

	expect_each(*state, cases, ARRAY_SIZE(cases));
}

static void types(void **state)
{
	static const struct fault_case cases[] = {
		{ "{\"http\": 1}", "1:10: \"http\": expected an object, got a number" },
		{ "{\"collectors\": [\"nic\"]}",
		  "1:16: \"collectors\": expected an object, got a list" },
		{ "{\"collectors\": {\"nic\": true}}",
		  "1:24: \"nic\": expected an object, got true" },
		{ "{\"http\": {\"tls\": \"yes\"}}",
		  "1:18: \"tls\": expected true or false, got a string" },
		{ "{\"http\": {\"tls\": 1}}",
		  "1:18: \"tls\": expected true or false, got a number" },
		{ "{\"http\": {\"tls\":\n null}}",
		  "2:2: \"tls\": expected true or false, got null" },
		{ "{\"http\": {\"port\": \"443\"}}",
		  "1:19: \"port\": expected a whole number, got a string" },
		{ "{\"http\": {\"port\": 443.0}}",
		  "1:19: \"port\": expected a whole number, got one with a fraction or exponent" },
		{ "{\"http\": {\"port\": {}}}",
		  "1:19: \"port\": expected a whole number, got an object" },
		{ "{\"collectors\": {\"nic\": {\"interval\": 5}}}",
		  "1:37: \"interval\": expected a duration such as \"100ms\" or \"5s\", got a number" },
		{ "{\"namespaces\": false}",
		  "1:16: \"namespaces\": expected one of \"own\", \"named\", \"all\", got false" },
		{ "{\"http\": {\"listen\": \"a:1\"}}",
		  "1:21: \"listen\": expected a list of strings, got a string" },
		{ "{\"http\": {\"listen\": [\"a:1\",\n 1.5]}}",
		  "2:2: \"listen\": expected only strings in the list, got a number" },
	};

	expect_each(*state, cases, ARRAY_SIZE(cases));
}

static void values(void **state)
{
	static const struct fault_case cases[] = {
		{ "{\"http\": {\"port\": 0}}", "1:19: \"port\": 0 is outside 1..65535" },
		{ "{\"http\": {\"port\": 65536}}", "1:19: \"port\": 65536 is outside 1..65535" },
		{ "{\"http\": {\"port\": -1}}", "1:19: \"port\": -1 is outside 1..65535" },
		{ "{\"namespaces\": \"al\"}",
		  "1:16: \"namespaces\": \"al\" is none of \"own\", \"named\", \"all\", did you mean \"all\"?" },
		{ "{\"namespaces\": \"name\"}",
		  "1:16: \"namespaces\": \"name\" is none of \"own\", \"named\", \"all\", did you mean "
		  "\"named\"?" },
		{ "{\"namespaces\": \"\\u0007\"}",
		  "1:16: \"namespaces\": \"\\u0007\" is none of \"own\", \"named\", \"all\"" },
		{ "{\"collectors\": {\"nic\": {\"interval\": \"5 s\"}}}",
		  "1:37: \"interval\": \"5 s\" is no duration: a whole number with us, ms, s, min or h" },
		{ "{\"collectors\": {\"nic\": {\"interval\": \"9999us\"}}}",
		  "1:37: \"interval\": \"9999us\" is outside 10ms..1h" },
		{ "{\"collectors\": {\"nic\": {\"interval\": \"61min\"}}}",
		  "1:37: \"interval\": \"61min\" is outside 10ms..1h" },
		{ "{\"collectors\": {\"nic\": {\"interval\": \"99999999999999999999s\"}}}",
		  "1:37: \"interval\": \"99999999999999999999s\" is outside 10ms..1h" },
		{ "{\"http\": {\"listen\": [\"a:1\", \"b:1\", \"c:1\", \"d:1\"]}}",
		  "1:21: \"listen\": 4 entries, at most 3 are allowed" },
		{ "{\"http\": {\"listen\": [\"a:1\", \"b\"]}}",
		  "1:29: \"listen\": \"b\": there is no port in it" },
	};

	expect_each(*state, cases, ARRAY_SIZE(cases));
}

static void syntax(void **state)
{
	static const struct fault_case cases[] = {
		{ "", "1:1: empty; the least is {}" },
		{ " \n\t\n", "1:1: empty; the least is {}" },
		{ "[]", "1:1: expected an object" },
		{ "\n  \"text\"", "2:3: expected an object" },
		{ "{", "1:2: unexpected end of file" },
		{ "{\"http\": {\n}\n\n", "2:2: unexpected end of file" },
		{ "{\"http\": {\"listen\": [\"a:1", "1:26: unexpected end of file" },
		{ "{} x", "1:4: end of file expected near 'x'" },
		{ "{}\n{}", "2:1: end of file expected near '{'" },
		{ "{\"http\": {},\n}",
		  "2:1: string or '}' expected near '}'; no comma is allowed before it" },
		{ "{\"http\": {\"listen\": [\"a:1\",]}}",
		  "1:28: unexpected token near ']'; no comma is allowed before it" },
		{ "// all\n{}",
		  "1:1: invalid token near '/'; JSON has no comments, use a key \"//\"" },
		{ "{\"http\": {} # here\n}",
		  "1:13: '}' expected near '#'; JSON has no comments, use a key \"//\"" },
		{ "{'http': {}}",
		  "1:2: string or '}' expected near '''; strings are in double quotes" },
		{ "{\"tls\": tru}", "1:9: invalid token near 'tru'" },
		{ "{\"port\": 01}", "1:10: invalid token near '0'" },
		{ "{\"port\": 99999999999999999999}",
		  "1:10: 99999999999999999999 is too large a number" },
		{ "{\"port\": 1e999}", "1:10: 1e999 is too large a number" },
		{ "{\"a\":\n\"x\ny\"}", "2:1: unexpected newline near '\"x'" },
		{ "{\"a\": \"x\ty\"}", "1:7: control character 0x9 near '\"x'" },
		{ "{\"a\": \"\\q\"}", "1:7: invalid escape near '\"\\q'" },
		{ "{\"a\": \"\\u0000\"}", "1:7: a NUL character is not allowed" },
		{ "{\"\\u0000\": 1}", "1:2: a NUL character is not allowed" },
		{ "{\"http\": {\"tls\": true, \"port\": 1,\n  \"tls\" : false}}",
		  "2:3: duplicate key \"tls\"" },
		{ "{\"http\": {}, \"h\\u0074tp\": {}}", "1:14: duplicate key \"h\\u0074tp\"" },
		{ "\xef\xbb\xbf{}", "1:1: byte order mark: write the file as UTF-8 without it" },
		{ "\xff\xfe{", "1:1: byte 0xff is not valid UTF-8" },
		{ "{\"//\": \"\u00fc\",\n\"//\u00fc\xc3(\": 1}",
		  "2:5: byte 0xc3 is not valid UTF-8" },
		{ "{\"//\": \"\xed\xa0\x80\"}", "1:9: byte 0xed is not valid UTF-8" },
	};

	expect_each(*state, cases, ARRAY_SIZE(cases));
}

static void nul_bytes(void **state)
{
	static const char text[] = "{\n\"http\": \0{}}";

	sample_write_bytes(*state, "txpathd.json", text, sizeof(text) - 1);
	sample_expect_faults(*state, "txpathd.json:2:9: NUL byte: this is no text");
}

static void depth_bomb(void **state)
{
	char text[5000];

	memset(text, '[', sizeof(text));
	sample_write_bytes(*state, "txpathd.json", text, sizeof(text));
	sample_expect_faults(*state, "txpathd.json:1:2049: nested too deeply");
}

static void every_fault_is_reported(void **state)
{
	sample_write(*state, "txpathd.json",
	             "{\n"
	             "  \"namespaces\": \"any\",\n"
	             "  \"//\": {\"{\\\"\": [1, {\"a\": \"]\"}], \"x\": {}},\n"
	             "  \"http\": {\n"
	             "    \"listen\": [\"a\", \"b:1\", null],\n"
	             "    \"prot\": 1, \"tls\": 0\n"
	             "  },\n"
	             "  \"h\\u0074\\u0074ps\": [[]], \"collectors\": {\"nic\": 0, \"soket\": 0}\n"
	             "}\n");
	sample_write(*state, "conf.d/10-a.json", "{\"http\": {\"port\": 70000}}");
	sample_write(*state, "conf.d/20-b.json", "{\"http\": ");
	sample_write(*state, "conf.d/30-c.json", "\n{\"http\": {\"tls\": {}}}");
	sample_expect_faults(
		*state,
		"txpathd.json:2:17: \"namespaces\": \"any\" is none of \"own\", \"named\", \"all\"\n"
		"txpathd.json:5:16: \"listen\": \"a\": there is no port in it\n"
		"txpathd.json:5:28: \"listen\": expected only strings in the list, got null\n"
		"txpathd.json:6:5: unknown key \"prot\" in \"http\", did you mean \"port\"?\n"
		"txpathd.json:6:23: \"tls\": expected true or false, got a number\n"
		"txpathd.json:8:3: unknown key \"https\", did you mean \"http\"?\n"
		"txpathd.json:8:50: \"nic\": expected an object, got a number\n"
		"txpathd.json:8:53: unknown key \"soket\" in \"collectors\", did you mean \"socket\"?\n"
		"conf.d/10-a.json:1:19: \"port\": 70000 is outside 1..65535\n"
		"conf.d/20-b.json:1:9: unexpected end of file\n"
		"conf.d/30-c.json:2:18: \"tls\": expected true or false, got an object");
}

static void faults_are_bounded(void **state)
{
	struct sample *sample = *state;
	char text[200 * 16];
	size_t used = 1;

	text[0] = '{';
	for (int i = 0; i < 200; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\n\"x%d\": 1",
		                         i ? "," : "", i);
	text[used++] = '}';
	sample_write_bytes(sample, "txpathd.json", text, used);
	assert_int_equal(sample_load(sample), -EINVAL);
	assert_int_equal(sample->faults.n, 101);
	assert_non_null(strstr(sample->faults.texts[99], ":101:1: unknown key \"x99\""));
	assert_string_equal(sample->faults.texts[100], "more faults are not shown");
}

static void faults_of_others_are_added(void **state)
{
	struct configuration_faults faults = { 0 };

	(void)state;
	assert_int_equal(configuration_faults_add(&faults, -EINVAL, "--listen: %s\n", "\xff\x1b"),
	                 -EINVAL);
	assert_int_equal(faults.n, 1);
	assert_string_equal(faults.texts[0], "--listen: ???");
	configuration_faults_clear(&faults);
	assert_int_equal(faults.n, 0);
	assert_null(faults.texts);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(unknown_keys, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(known_keys_elsewhere, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(foreign_characters_in_keys, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(types, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(values, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(syntax, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(nul_bytes, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(depth_bomb, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(every_fault_is_reported, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(faults_are_bounded, sample_setup, sample_teardown),
		cmocka_unit_test(faults_of_others_are_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
