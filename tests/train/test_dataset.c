/* Data sets: tables and sounds from text, folders of classes, the functions of data, what a batch gets, and hostile content. */
#include "file/row_array.h"
#include "file/table.h"
#include "file/wav.h"
#include "train/batch.h"
#include "train/class_folder.h"

#include "runtime/counting_allocator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct Fixture {
    Counting counting;
    StrataAllocator allocator;
    StrataError error;
} Fixture;

static void begin(Fixture *fixture)
{
    *fixture = (Fixture){0};
    fixture->allocator = counting_allocator(&fixture->counting);
}

static void end(Fixture *fixture)
{
    assert_true(counting_clean(&fixture->counting));
}

/* ---- Tables ---- */

static bool decode(Fixture *fixture, const char *text, const TableOptions *options, Table *table)
{
    return table_decode(&fixture->allocator, "t.csv", text, strlen(text), options, table, &fixture->error);
}

static void a_table_has_numbers_and_labels(void **state)
{
    (void)state;
    Fixture fixture;
    begin(&fixture);
    Table table;
    TableOptions options = {.header = true, .label = "kind"};
    assert_true(decode(&fixture,
                       "\xEF\xBB\xBF"
                       "a,kind,\"b, c\"\r\n1, rose ,2.5\n\n-3e1,\"a\"\"b\",4\n5,rose,6",
                       &options, &table));
    assert_int_equal(table.columns, 2);
    assert_string_equal(table.names.items[1], "b, c");
    assert_int_equal(table.numbers->size[0], 3);
    assert_true(((double *)table.numbers->data)[2] == -30);
    assert_int_equal(table.classes.count, 2);
    assert_string_equal(table.classes.items[0], "a\"b");
    const int64_t labels[] = {1, 0, 1};
    assert_memory_equal(table.labels->data, labels, sizeof labels);
    table_release(&table);
    end(&fixture);
}

static void labels_that_are_numbers_stay_numbers(void **state)
{
    (void)state;
    Fixture fixture;
    begin(&fixture);
    Table table;
    TableOptions options = {.header = true, .label = "y"};
    assert_true(decode(&fixture, "x,y\n1,7\n2,10\n", &options, &table));
    assert_int_equal(table.labels->kind, STRATA_INT64);
    assert_int_equal(((int64_t *)table.labels->data)[1], 10);
    table_release(&table);
    assert_true(decode(&fixture, "x,y\n1,0.5\n2,10\n", &options, &table));
    assert_int_equal(table.labels->kind, STRATA_FLOAT64);
    assert_true(((double *)table.labels->data)[0] == 0.5);
    table_release(&table);
    end(&fixture);
}

static void damaged_tables_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "t.csv:"},
        {"\n\n", "empty"},
        {"a,b\n", "no rows"},
        {"a,b\n1,2\n3\n", "t.csv:3: column 1"},
        {"a,b\n1,2,3\n", "t.csv:2: column 2"},
        {"a,b\n1,x\n", "t.csv:2: column 2: `x`"},
        {"a,b\n1,\n", "there is no number"},
        {"a,b\n1,nan\n", "no finite number"},
        {"a,b\n1,1e999\n", "no finite number"},
        {"a,b\n1,\"2\n", "quote is never closed"},
    };
    TableOptions options = {.header = true};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Fixture fixture;
        begin(&fixture);
        Table table;
        assert_false(decode(&fixture, cases[i].text, &options, &table));
        assert_int_equal(fixture.error.code, 860);
        assert_non_null(strstr(fixture.error.message, cases[i].says));
        end(&fixture);
    }
}

/* Every prefix, and every text with one byte replaced, is read or refused. */
static void no_table_crashes(void **state)
{
    (void)state;
    static const char text[] = "a,\"b\",kind\n1,2,u\n\"3\",4,\"v w\"\n";
    static const char bytes[] = {0, ',', '"', '\n', '\r', (char)0xFF, '9'};
    TableOptions options = {.header = true, .label = "kind"};
    Fixture fixture;
    begin(&fixture);
    for (size_t length = 0; length < sizeof text; length++)
        for (size_t i = 0; i < sizeof bytes; i++) {
            char changed[sizeof text];
            Table table;
            memcpy(changed, text, sizeof text);
            changed[length] = bytes[i];
            if (table_decode(&fixture.allocator, "t", changed, sizeof text - 1, &options, &table, &fixture.error))
                table_release(&table);
            if (table_decode(&fixture.allocator, "t", text, length, &options, &table, &fixture.error))
                table_release(&table);
        }
    end(&fixture);
}

/* ---- Sounds ---- */

/* A sound of two channels and three samples of 16 bits. */
static const unsigned char sound[] = {
    'R', 'I', 'F', 'F', 48, 0,    0,    0,    'W', 'A',  'V',  'E',  'f', 'm',  't', ' ', 16, 0,   0,
    0,   1,   0,   2,   0,  0x40, 0x1F, 0,    0,   0,    0x7D, 0,    0,   4,    0,   16,  0,  'd', 'a',
    't', 'a', 12,  0,   0,  0,    0,    0x40, 0,   0xC0, 0xFF, 0x7F, 0,   0x80, 0,   0,   1,  0,
};

static void a_sound_has_channels_of_samples(void **state)
{
    (void)state;
    Fixture fixture;
    begin(&fixture);
    Tensor *tensor = wav_decode(&fixture.allocator, "s.wav", sound, sizeof sound, &fixture.error);
    assert_non_null(tensor);
    assert_int_equal(tensor->size[0], 2);
    assert_int_equal(tensor->size[1], 3);
    const float expected[] = {0.5F, 32767.0F / 32768, 0, -0.5F, -1, 1.0F / 32768};
    assert_memory_equal(tensor->data, expected, sizeof expected);
    tensor_release(tensor);
    for (size_t length = 0; length < sizeof sound; length++)
        assert_null(wav_decode(&fixture.allocator, "s.wav", sound, length, &fixture.error));
    for (size_t at = 0; at < sizeof sound; at++) {
        unsigned char changed[sizeof sound];
        memcpy(changed, sound, sizeof sound);
        changed[at] ^= 0xFF;
        tensor_release(wav_decode(&fixture.allocator, "s.wav", changed, sizeof changed, &fixture.error));
    }
    end(&fixture);
}

/* ---- Functions of data ---- */

enum { RECORDS = 10 };

/* x: pictures of 2x2 whose entries are 10 i, 10 i + 1, ...; label: i % 2. */
static Dataset *pictures(Fixture *fixture)
{
    int64_t sizes[3] = {RECORDS, 2, 2};
    Tensor *x = tensor_make(&fixture->allocator, STRATA_UINT8, 3, sizes, &fixture->error);
    Tensor *label = tensor_make(&fixture->allocator, STRATA_UINT8, 1, sizes, &fixture->error);
    TensorSet *set = tensor_set_make(&fixture->allocator, &fixture->error);
    for (int i = 0; i < RECORDS; i++) {
        ((uint8_t *)label->data)[i] = (uint8_t)(i % 2);
        for (int k = 0; k < 4; k++)
            ((uint8_t *)x->data)[4 * i + k] = (uint8_t)(10 * i + k);
    }
    assert_true(tensor_set_add(set, "x", x, &fixture->error));
    assert_true(tensor_set_add(set, "label", label, &fixture->error));
    Dataset *dataset = dataset_of(&fixture->allocator, set, &fixture->error);
    assert_non_null(dataset);
    tensor_release(x);
    tensor_release(label);
    tensor_set_release(set);
    return dataset;
}

static void keeping_and_shuffling_change_the_order_alone(void **state)
{
    (void)state;
    Fixture fixture;
    begin(&fixture);
    Dataset *dataset = pictures(&fixture);
    dataset_shuffle(dataset, 3);
    int seen = 0, moved = 0;
    for (int i = 0; i < RECORDS; i++) {
        seen |= 1 << dataset->rows[0][i];
        moved += dataset->rows[0][i] != i;
    }
    assert_int_equal(seen, (1 << RECORDS) - 1);
    assert_true(moved > 2);
    Dataset *same = pictures(&fixture);
    dataset_shuffle(same, 3);
    assert_memory_equal(same->rows[0], dataset->rows[0], RECORDS * sizeof(int64_t));
    int64_t third = dataset->rows[0][3];
    assert_true(dataset_keep(dataset, 3, 4, &fixture.error));
    assert_int_equal(dataset->count, 4);
    assert_int_equal(dataset->rows[0][0], third);
    assert_false(dataset_keep(dataset, 4, 4, &fixture.error));
    assert_int_equal(fixture.error.code, 865);
    dataset_release(dataset);
    dataset_release(same);
    end(&fixture);
}

static void half_of_the_pairs_are_of_one_class(void **state)
{
    (void)state;
    Fixture fixture;
    begin(&fixture);
    Dataset *dataset = pictures(&fixture);
    assert_true(dataset_pairs(dataset, &fixture.error));
    assert_non_null(dataset_field(dataset, "a"));
    assert_non_null(dataset_field(dataset, "b"));
    assert_int_equal(dataset_field(dataset, "same")->kind, FIELD_EQUAL);
    int equal = 0;
    for (int i = 0; i < RECORDS; i++)
        equal += dataset->rows[0][i] % 2 == dataset->rows[1][i] % 2;
    assert_int_equal(equal, RECORDS / 2);
    assert_false(dataset_pairs(dataset, &fixture.error));
    assert_int_equal(fixture.error.code, 867);
    dataset_release(dataset);
    end(&fixture);
}

static void normalised_entries_have_mean_0_and_deviation_1(void **state)
{
    (void)state;
    Fixture fixture;
    begin(&fixture);
    Dataset *dataset = pictures(&fixture);
    assert_true(dataset_normalise(dataset, false, 0, 1, &fixture.error));
    const DataField *x = dataset_field(dataset, "x");
    double sum = 0, squares = 0;
    for (int i = 0; i < RECORDS; i++)
        for (int k = 0; k < 4; k++) {
            double entry = field_entry(x, i, k) / 255 * x->factor + x->summand;
            sum += entry;
            squares += entry * entry;
        }
    assert_true(sum < 1e-10 && sum > -1e-10);
    assert_true(squares / (4 * RECORDS) - 1 < 1e-10 && squares / (4 * RECORDS) - 1 > -1e-10);
    dataset_release(dataset);
    end(&fixture);
}

static void a_crop_is_a_window_of_the_picture(void **state)
{
    (void)state;
    Fixture fixture;
    begin(&fixture);
    Dataset *dataset = pictures(&fixture);
    assert_false(dataset_crop(dataset, 3, 1, &fixture.error));
    assert_int_equal(fixture.error.code, 867);
    assert_true(dataset_crop(dataset, 1, 2, &fixture.error));
    const DataField *x = dataset_field(dataset, "x");
    assert_int_equal(field_entries(x), 2);
    assert_int_equal(field_stored_entries(x), 4);
    assert_false(dataset_crop(dataset, 1, 1, &fixture.error));
    dataset_release(dataset);
    end(&fixture);
}

/* ---- Rows that stay in their file ---- */

/* An IDX file of 3 records of 2x2 entries of 16 bits: entry i is 100 i - 300. */
static void write_rows(const char *path, int entries)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    const unsigned char head[] = {0, 0, 0x0B, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2};
    fwrite(head, 1, sizeof head, file);
    for (int i = 0; i < entries; i++) {
        int value = 100 * i - 300;
        fputc(value >> 8 & 0xFF, file);
        fputc(value & 0xFF, file);
    }
    fclose(file);
}

static void rows_are_read_as_whole_files_are(void **state)
{
    (void)state;
    Fixture fixture;
    begin(&fixture);
    char path[] = "/tmp/strata-rows-XXXXXX";
    close(mkstemp(path));
    write_rows(path, 12);
    RowReader *reader = NULL;
    assert_true(row_array_open(&fixture.allocator, path, 25, &reader, &fixture.error));
    assert_null(reader); /* too small to be worth it */
    assert_true(row_array_open(&fixture.allocator, path, 1, &reader, &fixture.error));
    assert_non_null(reader);
    assert_int_equal(reader->size[0], 3);
    int32_t room[16];
    assert_true(reader->room <= sizeof room);
    for (int row = 2; row >= 0; row--) {
        assert_true(row_reader_read(reader, row, room, &fixture.error));
        for (int k = 0; k < 4; k++)
            assert_int_equal(room[k], 100 * (4 * row + k) - 300);
    }
    write_rows(path, 9); /* shorter than when it was opened */
    assert_true(row_reader_read(reader, 0, room, &fixture.error));
    assert_false(row_reader_read(reader, 2, room, &fixture.error));
    assert_int_equal(fixture.error.code, 801);
    row_reader_release(reader);
    assert_true(row_array_open(&fixture.allocator, path, 1, &reader, &fixture.error));
    assert_null(reader); /* lies about its length: those who read it whole say so */
    unlink(path);
    end(&fixture);
}

/* ---- Folders ---- */

static bool open_folder(Fixture *fixture, const char *path, ClassFolder *folder)
{
    bool done = class_folder_open(&fixture->allocator, path, folder, &fixture->error);
    if (!done)
        class_folder_close(&fixture->allocator, folder);
    return done;
}

static void a_folder_without_classes_is_refused(void **state)
{
    (void)state;
    Fixture fixture;
    begin(&fixture);
    char path[] = "/tmp/strata-classes-XXXXXX";
    assert_non_null(mkdtemp(path));
    ClassFolder folder;
    assert_false(open_folder(&fixture, path, &folder));
    assert_int_equal(fixture.error.code, 866);
    char inner[64];
    snprintf(inner, sizeof inner, "%s/cat", path);
    assert_int_equal(mkdir(inner, 0700), 0);
    assert_false(open_folder(&fixture, path, &folder));
    assert_int_equal(fixture.error.code, 832);
    rmdir(inner);
    rmdir(path);
    end(&fixture);
}

/* Writes the sound above, with the lower byte of its first sample changed; at most `size` bytes of it. */
static void write_sound(const char *folder, const char *name, int first, size_t size)
{
    char path[192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    unsigned char bytes[sizeof sound];
    memcpy(bytes, sound, sizeof sound);
    bytes[44] = (unsigned char)first;
    fwrite(bytes, 1, size, file);
    fclose(file);
}

/* A folder of two classes with a sound each. */
static void make_sounds(char path[], char classes[2][64])
{
    static const char *const names[] = {"bark", "meow"};
    assert_non_null(mkdtemp(path));
    for (int i = 0; i < 2; i++) {
        snprintf(classes[i], 64, "%s/%s", path, names[i]);
        assert_int_equal(mkdir(classes[i], 0700), 0);
        write_sound(classes[i], "a.wav", 2 * i, sizeof sound);
    }
}

static void remove_sounds(const char *path, char classes[2][64])
{
    for (int i = 0; i < 2; i++) {
        char file[192];
        snprintf(file, sizeof file, "%s/a.wav", classes[i]);
        unlink(file);
        snprintf(file, sizeof file, "%s/b.wav", classes[i]);
        unlink(file);
        rmdir(classes[i]);
    }
    rmdir(path);
}

static void files_of_a_folder_are_unpacked_when_asked_for(void **state)
{
    (void)state;
    Fixture fixture;
    begin(&fixture);
    char path[] = "/tmp/strata-sounds-XXXXXX", classes[2][64];
    make_sounds(path, classes);
    ClassFolder folder;
    assert_true(open_folder(&fixture, path, &folder));
    assert_int_equal(folder.samples->size[0], 2);
    assert_int_equal(folder.samples->entries, 6);
    assert_int_equal(((int64_t *)folder.labels->data)[1], 1);
    assert_string_equal(folder.classes.items[1], "meow");
    float entries[6];
    assert_true(row_reader_read(folder.samples, 1, entries, &fixture.error));
    assert_true(entries[0] == 0.5F + 2.0F / 32768);
    write_sound(classes[1], "a.wav", 9, sizeof sound - 4); /* what was unpacked stays as it was */
    assert_true(row_reader_read(folder.samples, 1, entries, &fixture.error));
    assert_true(entries[0] == 0.5F + 2.0F / 32768);
    write_sound(classes[0], "a.wav", 9, sizeof sound - 4);
    assert_false(row_reader_read(folder.samples, 0, entries, &fixture.error));
    assert_int_equal(fixture.error.code, 801);
    assert_non_null(strstr(fixture.error.message, "bark/a.wav: changed"));
    class_folder_close(&fixture.allocator, &folder);
    remove_sounds(path, classes);
    end(&fixture);
}

static void all_files_of_a_folder_are_looked_at_first(void **state)
{
    (void)state;
    Fixture fixture;
    begin(&fixture);
    char path[] = "/tmp/strata-sounds-XXXXXX", classes[2][64];
    make_sounds(path, classes);
    ClassFolder folder;
    write_sound(classes[1], "b.wav", 0, 50); /* cut off among its samples */
    assert_false(open_folder(&fixture, path, &folder));
    assert_int_equal(fixture.error.code, 834);
    assert_non_null(strstr(fixture.error.message, "meow/b.wav"));
    unsigned char shorter[sizeof sound - 4]; /* a sample less */
    memcpy(shorter, sound, sizeof shorter);
    shorter[40] = 8;
    char name[192];
    snprintf(name, sizeof name, "%s/b.wav", classes[1]);
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    fwrite(shorter, 1, sizeof shorter, file);
    fclose(file);
    assert_false(open_folder(&fixture, path, &folder));
    assert_int_equal(fixture.error.code, 833);
    assert_non_null(strstr(fixture.error.message, "meow/b.wav is 2x2"));
    unlink(name);
    bool opened = false;
    for (long request = 1; !opened; request++) {
        fixture.counting.fail_at = fixture.counting.requests + request;
        opened = open_folder(&fixture, path, &folder);
        assert_true(opened || fixture.error.status == STRATA_MEMORY);
    }
    class_folder_close(&fixture.allocator, &folder);
    fixture.counting.fail_at = 0;
    remove_sounds(path, classes);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_has_numbers_and_labels),
        cmocka_unit_test(labels_that_are_numbers_stay_numbers),
        cmocka_unit_test(damaged_tables_are_refused_with_their_place),
        cmocka_unit_test(no_table_crashes),
        cmocka_unit_test(a_sound_has_channels_of_samples),
        cmocka_unit_test(keeping_and_shuffling_change_the_order_alone),
        cmocka_unit_test(half_of_the_pairs_are_of_one_class),
        cmocka_unit_test(normalised_entries_have_mean_0_and_deviation_1),
        cmocka_unit_test(a_crop_is_a_window_of_the_picture),
        cmocka_unit_test(rows_are_read_as_whole_files_are),
        cmocka_unit_test(a_folder_without_classes_is_refused),
        cmocka_unit_test(files_of_a_folder_are_unpacked_when_asked_for),
        cmocka_unit_test(all_files_of_a_folder_are_looked_at_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
