/* Writing files as a whole: full disks, closed pipes, links, and what must stay when it fails. */
#include "base/codes.h"
#include "file/format.h"
#include "file/write.h"
#include "temporary_folder.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

static bool write_text(const char *path, const char *text, int64_t times, StrataError *error)
{
    StrataAllocator allocator = strata_default_allocator();
    FileWriter writer;
    error_clear(error);
    bool done = writer_open(&writer, &allocator, path, error);
    for (int64_t i = 0; done && i < times; i++)
        done = writer_add(&writer, text, strlen(text), error);
    return writer_close(&writer, done, error);
}

static void expect_content(const char *path, const char *text)
{
    char content[100] = {0};
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(content, 1, sizeof content, file), strlen(text));
    fclose(file);
    assert_string_equal(content, text);
}

static void new_file_replaces_the_old_one_whole(void **state)
{
    char path[PATH_ROOM];
    StrataError error;
    path_in(path, *state, "file");
    assert_true(write_text(path, "old", 1, &error));
    expect_content(path, "old");
    assert_int_equal(chmod(path, 0640), 0);
    assert_true(write_text(path, "new", 1, &error));
    expect_content(path, "new");
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_int_equal(count_entries(*state), 1);
}

static void bytes_of_a_caller_replace_the_old_file_or_leave_it(void **state)
{
    char path[PATH_ROOM];
    StrataError error;
    StrataAllocator allocator = strata_default_allocator();
    path_in(path, *state, "file");
    assert_true(strata_file_write(&allocator, path, "old", 3, &error));
    expect_content(path, "old");
    assert_false(strata_file_write(&allocator, path, NULL, 3, &error));
    assert_int_equal(error.status, STRATA_USAGE);
    expect_content(path, "old");
    assert_true(strata_file_write(&allocator, path, NULL, 0, &error));
    expect_content(path, "");
    assert_false(strata_file_write(&allocator, *state, "new", 3, &error));
    assert_int_equal(error.code, E_FILE_WRITE);
    assert_int_equal(count_entries(*state), 1);
}

static void large_pieces_and_small_ones_keep_their_order(void **state)
{
    enum { LARGE = 200000 };
    char path[PATH_ROOM];
    StrataAllocator allocator = strata_default_allocator();
    FileWriter writer;
    static unsigned char large[LARGE];
    for (int i = 0; i < LARGE; i++)
        large[i] = (unsigned char)(i % 251);
    bool done = writer_open(&writer, &allocator, path_in(path, *state, "file"), NULL);
    for (int i = 0; done && i < 10; i++)
        done = writer_add(&writer, "ab", 2, NULL) && writer_add(&writer, large, LARGE, NULL);
    assert_int_equal(writer.written, 10 * (LARGE + 2));
    assert_true(writer_close(&writer, done, NULL));
    FILE *file = fopen(path, "rb");
    for (int i = 0; i < 10; i++) {
        assert_int_equal(fgetc(file), 'a');
        assert_int_equal(fgetc(file), 'b');
        for (int k = 0; k < LARGE; k++)
            assert_int_equal(fgetc(file), k % 251);
    }
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
}

static void abandoned_file_leaves_the_old_one(void **state)
{
    char path[PATH_ROOM];
    StrataError error;
    StrataAllocator allocator = strata_default_allocator();
    path_in(path, *state, "file");
    assert_true(write_text(path, "old", 1, &error));
    FileWriter writer;
    assert_true(writer_open(&writer, &allocator, path, &error) && writer_add(&writer, "half", 4, &error));
    assert_false(writer_close(&writer, false, &error));
    expect_content(path, "old");
    assert_int_equal(count_entries(*state), 1);
}

/* A limit on the size of files stands for a full disk: what is written up to it succeeds, the rest fails. */
static void full_disk_leaves_the_old_file(void **state)
{
    char path[PATH_ROOM];
    StrataError error;
    struct rlimit before;
    path_in(path, *state, "file");
    assert_true(write_text(path, "old", 1, &error));
    getrlimit(RLIMIT_FSIZE, &before);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 1000, .rlim_max = before.rlim_max});
    bool at_close = write_text(path, "0123456789", 200, &error);
    int close_code = error.code;
    bool at_add = write_text(path, "0123456789", 100000, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    assert_false(at_close);
    assert_false(at_add);
    assert_int_equal(close_code, E_FILE_WRITE);
    assert_int_equal(error.code, E_FILE_WRITE);
    assert_non_null(strstr(error.message, path));
    expect_content(path, "old");
    assert_int_equal(count_entries(*state), 1);
}

static void device_is_written_directly(void **state)
{
    (void)state;
    StrataError error;
    assert_true(write_text("/dev/null", "text", 1, &error));
    struct stat status;
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
    assert_false(write_text("/dev/full", "text", 1, &error));
    assert_int_equal(error.code, E_FILE_WRITE);
    assert_false(write_text("/dev/full", "0123456789", 100000, &error));
    assert_int_equal(error.code, E_FILE_WRITE);
}

static void closed_pipe_is_an_error_and_no_signal(void **state)
{
    (void)state;
    int ends[2];
    StrataError error;
    fflush(stdout);
    int standard_output = dup(STDOUT_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    close(ends[0]);
    bool done = write_text("-", "text", 1, &error);
    dup2(standard_output, STDOUT_FILENO);
    close(standard_output);
    assert_false(done);
    assert_int_equal(error.code, E_FILE_WRITE);
    assert_non_null(strstr(error.message, "standard output"));
    sigset_t pending;
    sigpending(&pending);
    assert_int_equal(sigismember(&pending, SIGPIPE), 0);
}

static void link_stays_a_link(void **state)
{
    char path[PATH_ROOM];
    char link[PATH_ROOM];
    StrataError error;
    assert_true(write_text(path_in(path, *state, "file"), "old", 1, &error));
    assert_int_equal(symlink("file", path_in(link, *state, "link")), 0);
    assert_true(write_text(link, "new", 1, &error));
    struct stat status;
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    expect_content(path, "new");
}

static void impossible_places_are_errors(void **state)
{
    char path[PATH_ROOM];
    StrataError error;
    assert_false(write_text(path_in(path, *state, "no/such/folder"), "text", 1, &error));
    assert_int_equal(error.code, E_FILE_WRITE);
    assert_false(write_text(*state, "text", 1, &error));
    assert_int_equal(error.code, E_FILE_WRITE);
    assert_false(write_text("", "text", 1, &error));
    assert_int_equal(error.code, E_FILE_WRITE);
    if (geteuid() != 0) { /* the superuser may write everywhere */
        assert_true(write_text(path_in(path, *state, "protected"), "old", 1, &error));
        assert_int_equal(chmod(path, 0400), 0);
        assert_false(write_text(path, "new", 1, &error));
        expect_content(path, "old");
    }
    assert_int_equal(count_entries(*state), geteuid() != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(new_file_replaces_the_old_one_whole, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(bytes_of_a_caller_replace_the_old_file_or_leave_it, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(large_pieces_and_small_ones_keep_their_order, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(abandoned_file_leaves_the_old_one, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(full_disk_leaves_the_old_file, make_folder, remove_folder),
        cmocka_unit_test(device_is_written_directly),
        cmocka_unit_test(closed_pipe_is_an_error_and_no_signal),
        cmocka_unit_test_setup_teardown(link_stays_a_link, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(impossible_places_are_errors, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
