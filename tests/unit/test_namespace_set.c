/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is in the set of network namespaces, under which label, and whose turn is next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define namespace_place_name scripted_name

#include "collectors/namespace_set.c"

static struct {
	const char *owner; /* of all that have no name */
	struct namespace_list list;
	struct namespace_set set;
	unsigned n_forgotten;
} script;

void namespace_place_name(const struct namespace_place *place, const struct namespace_roots *roots,
                          char ret_name[static NAMESPACE_NAME_SIZE])
{
	(void)roots;
	(void)snprintf(ret_name, NAMESPACE_NAME_SIZE, "%s",
	               place->name ? place->name : script.owner);
}

static void forget(void *data)
{
	assert_string_equal(data, "data");
	script.n_forgotten++;
	free(data);
}

static void find(uint64_t inode, const char *name)
{
	struct namespace_list *list = &script.list;
	struct namespace_place *place;

	list->places = realloc(list->places, (list->n_places + 1) * sizeof(*list->places));
	place = &list->places[list->n_places++];
	*place = (struct namespace_place){ .inode = inode, .pid = name ? 0 : 7 };
	place->name = name ? strdup(name) : NULL;
}

static void update(void)
{
	assert_int_equal(namespace_set_update(&script.set, &script.list), 0);
	namespace_list_clear(&script.list);
}

/* The labels in the order of their turns. */
static void expect(const char *expected)
{
	char labels[1024] = "";

	for (size_t i = 0; i < script.set.n_members; i++) {
		strcat(labels, i ? ", " : "");
		strcat(labels, script.set.members[i]->namespace.label);
	}
	assert_string_equal(labels, expected);
}

static struct namespace_member *member(const char *label)
{
	for (size_t i = 0; i < script.set.n_members; i++)
		if (strcmp(script.set.members[i]->namespace.label, label) == 0)
			return script.set.members[i];
	fail_msg("no %s", label);
	return NULL;
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	script.owner = "web.service";
	script.set.max_members = 100;
	script.set.forget = forget;
	return 0;
}

static int end(void **state)
{
	(void)state;
	namespace_set_clear(&script.set);
	return 0;
}

static void test_come_and_go(void **state)
{
	(void)state;
	find(1, NULL);
	find(2, "red");
	find(3, "blue");
	update();
	expect("blue, red, web.service");
	member("red")->namespace.data = strdup("data");
	member("blue")->namespace.data = strdup("data");
	namespace_set_rotate(&script.set, 2);
	expect("web.service, blue, red");

	find(1, NULL);
	find(2, "red");
	find(4, "green");
	update();
	expect("green, web.service, red");
	assert_int_equal(script.n_forgotten, 1);
	assert_non_null(member("red")->namespace.data);
	update();
	expect("");
	assert_int_equal(script.n_forgotten, 2);
}

static void test_labels_are_unique(void **state)
{
	(void)state;
	find(1, NULL);
	find(2, NULL);
	find(3, "web.service");
	update();
	expect("web.service, web.service net:[1], web.service net:[2]");

	/* Who has got a label keeps it, whoever leaves. */
	find(2, NULL);
	find(4, NULL);
	update();
	expect("web.service, web.service net:[2]");
	assert_int_equal(member("web.service")->namespace.inode, 4);
}

static void test_labels_made_to_collide(void **state)
{
	(void)state;
	find(1, NULL);
	find(2, "web.service");
	find(3, "web.service net:[1]");
	update();
	expect("web.service, web.service net:[1], web.service net:[1] net:[1]");
}

/* Found by another name: what was sampled under the old one is not told any more. */
static void test_renamed(void **state)
{
	(void)state;
	find(1, "blue");
	find(2, NULL);
	update();
	member("blue")->batch = batch_new(1);
	member("web.service")->batch = batch_new(1);

	find(1, NULL);
	find(2, NULL);
	update();
	expect("web.service net:[1], web.service");
	assert_null(member("web.service net:[1]")->batch);
	assert_non_null(member("web.service")->batch);

	/* By the same name as ever, through another process. */
	find(2, NULL);
	script.list.places[0].pid = 8;
	update();
	assert_non_null(member("web.service")->batch);
	assert_int_equal(member("web.service")->place.pid, 8);
}

static void test_bound(void **state)
{
	(void)state;
	script.set.max_members = 2;
	find(1, NULL);
	find(2, "red");
	find(3, "blue");
	update();
	expect("blue, red");
	assert_int_equal(script.set.n_untracked, 1);

	/* Who is in stays in. */
	find(1, NULL);
	find(2, "red");
	find(3, "blue");
	find(4, "black");
	update();
	expect("blue, red");
	assert_int_equal(script.set.n_untracked, 2);

	find(1, NULL);
	find(2, "red");
	find(4, "black");
	update();
	expect("black, red");
	assert_int_equal(script.set.n_untracked, 1);
}

static void test_waiting_ends(void **state)
{
	(void)state;
	find(1, "blue");
	find(2, "red");
	update();
	member("blue")->waits = member("red")->waits = true;
	member("blue")->state = NAMESPACE_GONE;
	member("red")->state = NAMESPACE_UNREACHABLE;
	find(1, "blue");
	find(2, "red");
	update();
	assert_false(member("blue")->waits || member("red")->waits);
	assert_int_equal(member("blue")->state, NAMESPACE_GOOD);
	assert_int_equal(member("red")->state, NAMESPACE_UNREACHABLE);
}

static void test_data_is_handed_over(void **state)
{
	struct namespace_set former;

	(void)state;
	find(1, "blue");
	find(2, "red");
	update();
	member("blue")->namespace.data = strdup("data");
	member("red")->namespace.data = strdup("data");
	former = script.set;
	script.set = (struct namespace_set){ .max_members = 100, .forget = forget };
	find(1, "azure");
	find(3, "green");
	update();
	member("azure")->namespace.data = strdup("data");
	namespace_set_take_data(&script.set, &former);
	assert_int_equal(script.n_forgotten, 1);
	namespace_set_clear(&former);
	assert_int_equal(script.n_forgotten, 2);
	assert_string_equal(member("azure")->namespace.data, "data");
	assert_null(member("green")->namespace.data);
}

static void test_rotate(void **state)
{
	(void)state;
	namespace_set_rotate(&script.set, 0);
	find(1, "a");
	find(2, "b");
	find(3, "c");
	update();
	namespace_set_rotate(&script.set, 0);
	expect("a, b, c");
	namespace_set_rotate(&script.set, 1);
	expect("b, c, a");
	namespace_set_rotate(&script.set, 3);
	expect("b, c, a");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_come_and_go),
		TEST(test_labels_are_unique),
		TEST(test_labels_made_to_collide),
		TEST(test_renamed),
		TEST(test_bound),
		TEST(test_waiting_ends),
		TEST(test_data_is_handed_over),
		TEST(test_rotate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
