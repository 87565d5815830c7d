/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory passes for /sys/class/net: its files are opened, kept, changed and taken away. */
#include "tests/unit/failing_allocation.h"
#include "tests/unit/proc_tree.h"

static int scripted_open(const char *path, int flags);

#define open(...) scripted_open(__VA_ARGS__)

#include "collectors/nic/queue_files.c"

#undef open

#define SYS "/sys/class/net/"

static struct proc_tree tree;
static unsigned n_opened;
static struct queue_budget budget;
static struct queue_files files;
static const struct nic_link device = { .index = 3,
	                                .name = "nicx0",
	                                .address_length = 3,
	                                .address = { 0x02, 0xab, 0x00 } };

static int scripted_open(const char *path, int flags)
{
	assert_int_equal(strncmp(path, SYS, strlen(SYS)), 0);
	assert_int_equal(flags, O_RDONLY | O_CLOEXEC);
	n_opened++;
	return openat(tree.fd, path + strlen(SYS), flags);
}

static void put(const char *name, const char *text)
{
	proc_tree_write(&tree, name, text, strlen(text));
}

static void remove_file(const char *name)
{
	assert_int_equal(unlinkat(tree.fd, name, 0), 0);
}

static int begin(void **state)
{
	(void)state;
	n_opened = 0;
	budget = (struct queue_budget){ .max = 100 };
	allocations_left = SIZE_MAX;
	proc_tree_begin(&tree);
	put("nicx0/ifindex", "3\n");
	put("nicx0/address", "02:ab:00\n");
	put("nicx0/queues/tx-0/tx_timeout", "1\n");
	put("nicx0/queues/tx-0/xps_cpus", "f,00000003\n");
	put("nicx0/queues/tx-0/byte_queue_limits/inflight", "100\n");
	put("nicx0/queues/tx-0/byte_queue_limits/limit", "18446744073709551615\n");
	put("nicx0/queues/tx-0/byte_queue_limits/limit_max", "1879048192\n");
	put("nicx0/queues/tx-0/byte_queue_limits/hold_time", "1000\n");
	put("nicx0/queues/tx-0/byte_queue_limits/stall_cnt", "0\n");
	put("nicx0/queues/tx-0/byte_queue_limits/stall_max", "0\n");
	put("nicx0/queues/tx-1/tx_timeout", "2\n");
	return 0;
}

static int end(void **state)
{
	(void)state;
	queue_files_clear(&files, &budget);
	assert_int_equal(budget.n_open, 0);
	proc_tree_end(&tree);
	return 0;
}

static void find(void)
{
	assert_int_equal(queue_files_find(&files, "nicx0", &budget), 0);
}

static uint64_t read_again(void)
{
	uint64_t n_failed = 0;

	n_opened = 0;
	budget.n_reopened = 0;
	queue_files_read(&files, "nicx0", &budget, &n_failed);
	return n_failed;
}

static bool present(size_t queue, enum queue_file file)
{
	return files.queues[queue].present >> file & 1;
}

static void test_whose_device(void **state)
{
	struct nic_link other = device;

	(void)state;
	assert_true(queue_files_are_of(&device));
	other.index = 4;
	assert_false(queue_files_are_of(&other));
	other = device;
	other.address[2] = 1;
	assert_false(queue_files_are_of(&other));
	other = device;
	other.address_length = 0;
	assert_false(queue_files_are_of(&other));
	memcpy(other.name, "nicx1", 6);
	assert_false(queue_files_are_of(&other));
	put("nicx0/ifindex", "");
	assert_false(queue_files_are_of(&device));
}

static void test_values(void **state)
{
	const uint64_t *values;

	(void)state;
	find();
	assert_int_equal(files.n, 2);
	values = files.queues[0].values;
	assert_int_equal(files.queues[0].present, (1U << QUEUE_FILES) - 1);
	assert_int_equal(values[QUEUE_FILE_TIMEOUTS], 1);
	assert_int_equal(values[QUEUE_FILE_XPS_CPUS], 6);
	assert_int_equal(values[QUEUE_FILE_LIMIT], UINT64_MAX);
	assert_int_equal(values[QUEUE_FILE_LIMIT_MAX], 1879048192);
	assert_int_equal(values[QUEUE_FILE_HOLD_MSEC], 1000);
	assert_int_equal(files.queues[1].present, 1U << QUEUE_FILE_TIMEOUTS);
	assert_int_equal(budget.n_open, 5);
}

/* What moves is read from files that are open; the longest stall when there was one more. */
static void test_moving(void **state)
{
	(void)state;
	find();
	put("nicx0/queues/tx-0/byte_queue_limits/inflight", "0\n");
	put("nicx0/queues/tx-0/byte_queue_limits/limit_max", "7\n");
	put("nicx0/queues/tx-0/byte_queue_limits/stall_max", "9\n");
	assert_int_equal(read_again(), 0);
	assert_int_equal(n_opened, 0);
	assert_int_equal(files.queues[0].values[QUEUE_FILE_INFLIGHT], 0);
	assert_int_equal(files.queues[0].values[QUEUE_FILE_LIMIT_MAX], 1879048192);
	assert_int_equal(files.queues[0].values[QUEUE_FILE_STALL_LONGEST], 0);
	put("nicx0/queues/tx-0/byte_queue_limits/stall_cnt", "1\n");
	assert_int_equal(read_again(), 0);
	assert_int_equal(n_opened, 1);
	assert_int_equal(files.queues[0].values[QUEUE_FILE_STALL_LONGEST], 9);
	find();
	assert_int_equal(files.queues[0].values[QUEUE_FILE_LIMIT_MAX], 7);
}

static void test_budget(void **state)
{
	(void)state;
	budget.max = 3;
	find();
	assert_int_equal(budget.n_open, 3);
	assert_int_equal(read_again(), 0);
	assert_int_equal(budget.n_reopened, 2);
	assert_int_equal(n_opened, 2);
	budget.max = 0;
	queue_files_clear(&files, &budget);
	find();
	assert_int_equal(budget.n_open, 0);
	assert_int_equal(read_again(), 0);
	assert_int_equal(budget.n_reopened, 5);
}

/* A queue that goes takes nothing with it; one that comes is found at the next occasion. */
static void test_other_queues(void **state)
{
	(void)state;
	find();
	put("nicx0/queues/tx-2/tx_timeout", "3\n");
	find();
	assert_int_equal(files.n, 3);
	assert_int_equal(budget.n_open, 6);
	remove_file("nicx0/queues/tx-2/tx_timeout");
	remove_file("nicx0/queues/tx-1/tx_timeout");
	budget.max = 0;
	find(); /* from open files a queue that is gone cannot be told in a directory like this */
	queue_files_clear(&files, &budget);
	find();
	assert_int_equal(files.n, 1);
	assert_int_equal(read_again(), 0);
	remove_file("nicx0/queues/tx-0/tx_timeout");
	assert_int_equal(read_again(), 1);
	assert_false(present(0, QUEUE_FILE_TIMEOUTS));
	assert_true(present(0, QUEUE_FILE_LIMIT));
	find();
	assert_int_equal(files.n, 0);
	assert_int_equal(queue_files_find(&files, "nicx7", &budget), 0);
	assert_int_equal(files.n, 0);
}

static void test_garbage(void **state)
{
	static const char *const texts[] = { "",     "\n",    "x\n",
		                             "-1\n", "1x\n",  "1 2\n",
		                             " 1\n", "0x1\n", "18446744073709551616\n" };
	uint64_t number = 99;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_false(queue_file_parse(QUEUE_FILE_LIMIT, texts[i], &number));
	assert_false(queue_file_parse(QUEUE_FILE_XPS_CPUS, "f,g\n", &number));
	assert_int_equal(number, 99);
	assert_true(queue_file_parse(QUEUE_FILE_LIMIT, "12", &number));
	assert_int_equal(number, 12);
	assert_true(queue_file_parse(QUEUE_FILE_XPS_CPUS, "00000000,80000001\n", &number));
	assert_int_equal(number, 2);

	find();
	put("nicx0/queues/tx-0/byte_queue_limits/inflight", "many\n");
	assert_int_equal(read_again(), 1);
	assert_false(present(0, QUEUE_FILE_INFLIGHT));
	assert_int_equal(budget.n_open, 4);
	put("nicx0/queues/tx-0/byte_queue_limits/inflight", "5\n");
	assert_int_equal(read_again(), 0);
	assert_int_equal(files.queues[0].values[QUEUE_FILE_INFLIGHT], 5);
	assert_int_equal(budget.n_open, 5);
}

static void test_out_of_memory(void **state)
{
	(void)state;
	for (allocations_left = 0; allocations_left < 2;) {
		size_t n = allocations_left;

		assert_int_equal(queue_files_find(&files, "nicx0", &budget), -ENOMEM);
		assert_int_equal(files.n, n);
		queue_files_clear(&files, &budget);
		allocations_left = n + 1;
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whose_device),  TEST(test_values),       TEST(test_moving),
		TEST(test_budget),        TEST(test_other_queues), TEST(test_garbage),
		TEST(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
