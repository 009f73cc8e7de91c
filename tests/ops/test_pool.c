/* Pooling over windows and bins. A maximum is exact; a mean of n entries is off by at most n + 1 roundings of the sum of absolute values. */
#include "ops/harness.h"

#include <setjmp.h>

#include <cmocka.h>

typedef struct Shape {
    Type type;
    const char *attributes;
    double entries; /* of the window */
} Shape;

static const Shape windows[] = {
    {BATCHED(3, 28, 28), "window=[2,2]", 4},
    {BATCHED(2, 13, 11), "window=[3,3] stride=[2] pad=[1]", 9},
    {BATCHED(2, 13, 11), "window=[3,2] stride=[2,3] pad=[1,2,0,1]", 6},
    {BATCHED(2, 17), "window=[5] stride=[3] pad=[2]", 5},
    {BATCHED(2, 5, 6, 7), "window=[2,3,2] stride=[1,2,3] pad=[1,1,0]", 12},
    {BATCHED(1, 1, 1), "window=[1]", 1},
    {BATCHED(2, 7, 7), "window=[2] ceil=true", 4},
    {BATCHED(2, 7, 8), "window=[3] stride=[3] pad=[1] ceil=true", 9},
    {BATCHED(2, 3, 3), "window=[1] stride=[5] ceil=true", 1},
    {BATCHED(2, 3, 2), "window=[7] pad=[4]", 49},
    {TYPE(2, 9), "window=[4] stride=[1]", 4},
};

static void windows_of_every_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        Trial trial = {
            .op = "pool_max", .operands = {windows[i].type}, .attributes = windows[i].attributes, .samples = 3, .seed = i};
        trial_check(&trial);
        trial.op = "pool_mean";
        trial.scale = SCALE_ABSOLUTE;
        trial.terms = windows[i].entries + 2;
        trial_check(&trial);
    }
    trial_check(&(Trial){.op = "pool_mean",
                         .operands = {BATCHED(2, 7, 8)},
                         .attributes = "window=[3] stride=[3] pad=[1] ceil=true count_padding=false",
                         .samples = 2,
                         .scale = SCALE_ABSOLUTE,
                         .terms = 11});
}

static void a_maximum_of_nan_is_nan(void **state)
{
    (void)state;
    const double data[] = {1, 0.0 / 0.0, 3, 4, -5, -6, 0.0 / 0.0, -8};
    trial_check(&(Trial){.op = "pool_max", .operands = {TYPE(1, 8)}, .attributes = "window=[2]", .data = {data}});
    trial_check(&(Trial){.op = "adaptive_pool_max", .operands = {TYPE(1, 8)}, .attributes = "size=[3]", .data = {data}});
}

static void windows_give_the_shapes_of_pytorch(void **state)
{
    (void)state;
    trial_infers(&(Trial){.op = "pool_max", .operands = {BATCHED(64, 112, 112)}, .attributes = "window=[3] stride=[2] pad=[1]"},
                 "f*[64x56x56]");
    trial_infers(&(Trial){.op = "pool_max", .operands = {BATCHED(64, 112, 112)}, .attributes = "window=[3] stride=[2] ceil=true"},
                 "f*[64x56x56]");
    /* the window that would start in the padding at the end does not count */
    trial_infers(&(Trial){.op = "pool_max", .operands = {BATCHED(1, 4)}, .attributes = "window=[2] stride=[3] pad=[1] ceil=true"},
                 "f*[1x2]");
    trial_infers(&(Trial){.op = "pool_max", .operands = {BATCHED(1, 3)}, .attributes = "window=[2] stride=[3] pad=[1] ceil=true"},
                 "f*[1x2]");
}

static void windows_refuse_what_does_not_fit(void **state)
{
    (void)state;
    trial_rejects(&(Trial){.op = "pool_max", .operands = {TYPE(28, 28)}, .attributes = "window=[2,2]"}, 635,
                  "takes channels and 2 axes");
    trial_rejects(&(Trial){.op = "pool_max", .operands = {TYPE(28)}, .attributes = "window=[2]"}, 635, "got 28");
    trial_rejects(&(Trial){.op = "pool_max", .operands = {TYPE(1, 5, 5)}, .attributes = "window=[6]"}, 623, "a window of 6x6");
    trial_rejects(&(Trial){.op = "pool_max", .operands = {TYPE(1, 5, 5)}, .attributes = "window=[2] pad=[2]"}, 636, "outside");
    trial_rejects(&(Trial){.op = "pool_max", .operands = {TYPE(1, 5, 5)}, .attributes = "window=[2] stride=[1] pad=[0,2,0,0]"}, 636,
                  "outside");
    trial_rejects(&(Trial){.op = "pool_max", .operands = {TYPE(1, 5, 5)}, .attributes = "window=[0]"}, 625, "got 0");
    trial_rejects(
        &(Trial){.op = "pool_max", .operands = {{.element = ELEMENT_COMPLEX, TRIAL_SIZES(1, 5)}}, .attributes = "window=[2]"}, 561,
        "complex");
}

static void bins_of_every_kind(void **state)
{
    (void)state;
    const Shape bins[] = {
        {BATCHED(2, 13, 11), "size=[7,7]", 9}, {BATCHED(2, 13, 11), "size=[1]", 143},     {BATCHED(2, 5), "size=[5]", 1},
        {BATCHED(2, 3), "size=[7]", 2},        {BATCHED(2, 4, 5, 6), "size=[3,2,4]", 12}, {TYPE(1, 1, 1), "size=[2,3]", 1},
    };
    for (size_t i = 0; i < sizeof bins / sizeof *bins; i++) {
        Trial trial = {
            .op = "adaptive_pool_max", .operands = {bins[i].type}, .attributes = bins[i].attributes, .samples = 3, .seed = i};
        trial_check(&trial);
        trial.op = "adaptive_pool_mean";
        trial.scale = SCALE_ABSOLUTE;
        trial.terms = bins[i].entries + 2;
        trial_check(&trial);
    }
    trial_rejects(&(Trial){.op = "adaptive_pool_max", .operands = {TYPE(1, 5, 5)}, .attributes = "size=[2,2,2]"}, 635, "3 axes");
    trial_rejects(&(Trial){.op = "adaptive_pool_max", .operands = {TYPE(1, 5, 5)}, .attributes = "size=[2,0]"}, 625, "got 0");
    trial_rejects(&(Trial){.op = "adaptive_pool_max", .operands = {TYPE(1, 1 << 30)}, .attributes = "size=[2000000000]"}, 637,
                  "2^30");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_of_every_kind),
        cmocka_unit_test(a_maximum_of_nan_is_nan),
        cmocka_unit_test(windows_give_the_shapes_of_pytorch),
        cmocka_unit_test(windows_refuse_what_does_not_fit),
        cmocka_unit_test(bins_of_every_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
